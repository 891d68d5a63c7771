import { watchAgent } from "../agents/loading/watch.ts";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import type { Composition } from "./compose.ts";
import type { Rotation } from "./rotation.ts";

type ReloadOptions = {
  rotation: Rotation;
  /** Loads the agent as it is on disk now, with its routes. */
  compose: () => Promise<Composition>;
  logger: Logger;
  /** The time limit of one load: a module that never finishes loading must not block its corrected version. @default 30000 */
  withinMs?: number;
};

/** Loads the agent again when a file of it changes. If that fails, the old one stays. Returns a function that stops this. */
export function reloadOnChange({ rotation, compose, logger, withinMs = 30_000 }: ReloadOptions): () => void {
  const { folder } = rotation.agent;
  if (folder === undefined) return () => {};
  return watchAgent({
    folder,
    reload: async () => {
      const next = await inTime(compose(), withinMs);
      rotation.replace(next);
      logger.info({ agent: await next.agent.describe() }, "the agent has been loaded anew");
    },
    onError: (error) => {
      const isTold = error instanceof ChatKitError;
      const why = isTold ? error.message.replace(/\s*\n\s*/g, "; ") : "something unforeseen";
      logger.error(isTold ? {} : { err: error }, `the agent from before stays, the changed one cannot be loaded: ${why}`);
    },
  });
}

async function inTime(composing: Promise<Composition>, withinMs: number): Promise<Composition> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // Too late to be used: once it is loaded it is closed again, and its errors are ignored.
    void composing.then(({ agent }) => agent.close()).catch(() => {});
    late.reject(new ChatKitError("config_invalid", { message: `it has not finished loading after ${withinMs / 1000} s` }));
  }, withinMs);
  return Promise.race([composing, late.promise]).finally(() => clearTimeout(timer));
}
