import type { Logger } from "../server/context.ts";
import type { OpenStore } from "./open-store.ts";
import type { Listener } from "./listen.ts";
import type { Rotation } from "./rotation.ts";

/** What the last steps may take beyond the grace period: an answer that is told to end still stores its text. */
const CLOSING_MS = 3000;

type Running = { rotation: Rotation; listener: Listener; store: OpenStore; logger: Logger; graceMs: number };

/**
 * Ends in order, once new work is refused; answers whether everything ended by itself.
 * 1. Running answers end, at the latest with an error the client retries elsewhere. 2. Other requests end. 3. Work beside
 * the streams ends. 4. The agents' own connections close, then the store.
 */
export async function shutDown({ rotation, listener, store, logger, graceMs }: Running): Promise<boolean> {
  const started = performance.now();
  const drained = await settles(rotation.drain(graceMs), graceMs + CLOSING_MS);
  const ended = await settles(listener.stop(), CLOSING_MS);
  if (!ended) {
    // Readers that take nothing hold their streams open: they are cut, and what they were told is stored.
    await settles(listener.stop(true), CLOSING_MS);
    await settles(rotation.drain(0), CLOSING_MS);
  }
  const settled = await settles(rotation.settled(), CLOSING_MS);
  await settles(rotation.close(), CLOSING_MS);
  await store.close();
  const clean = drained && ended && settled;
  logger[clean ? "info" : "warn"]({ clean, duration_ms: Math.round(performance.now() - started) }, "stopped");
  return clean;
}

/** Whether it ends in time. */
async function settles(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, withinMs, false)));
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}
