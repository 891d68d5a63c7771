import type { Logger } from "../server/context.ts";
import type { OpenStore } from "./parts/open-store.ts";
import type { Listener } from "./process/listen.ts";
import type { Rotation } from "./rotation.ts";

/** The time for the last steps after the grace period: answers that are cut short then still store their text. */
const CLOSING_MS = 3000;
/** So long a program that has nothing to do still listens: connections that are being made at this moment are told and not reset. */
const LAST_CALL_MS = 100;

type Running = { rotation: Rotation; listener: Listener; store: OpenStore; logger: Logger; graceMs: number };

/**
 * Shuts down in order, once new requests are refused. Returns whether everything ended by itself.
 * 1. Requests that are under way end; answers after the grace period with an error that the client retries with another process.
 * 2. Connections are closed. 3. Work given to `waitUntil` ends. 4. The agents' connections are closed, then the store.
 */
export async function shutDown({ rotation, listener, store, logger, graceMs }: Running): Promise<boolean> {
  const started = performance.now();
  const [drained] = await Promise.all([settles(rotation.drain(graceMs), graceMs + CLOSING_MS), Bun.sleep(LAST_CALL_MS)]);
  if (!drained) rotation.cutShort();
  const ended = await settles(listener.stop(), CLOSING_MS);
  if (!ended) {
    // Clients that read nothing keep their streams open. Those are cut; all that the clients were told is stored already.
    await settles(listener.stop(true), CLOSING_MS);
  }
  const settled = await settles(rotation.settled(), CLOSING_MS);
  await settles(rotation.close(), CLOSING_MS);
  await store.close();
  const clean = drained && ended && settled;
  logger[clean ? "info" : "warn"]({ clean, duration_ms: Math.round(performance.now() - started) }, "stopped");
  return clean;
}

/** Whether the work settles in time. */
async function settles(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, withinMs, false)));
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer));
}
