import { watchAgent } from "../agents/loading/watch.ts";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import type { Composition } from "./compose.ts";
import type { Rotation } from "./rotation.ts";

type ReloadOptions = {
  rotation: Rotation;
  /** The agent as it is on disk now, with its routes. */
  compose: () => Promise<Composition>;
  logger: Logger;
  /** A module that never finishes loading must not keep its mended version out. @default 30000 */
  withinMs?: number;
};

/** Loads the agent anew whenever a file of it changes; one that cannot be loaded changes nothing. Answers how to stop. */
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
    // Nobody waits for it any more: what it has opened by then is closed, and what it throws is of no use.
    void composing.then(({ agent }) => agent.close()).catch(() => {});
    late.reject(new ChatKitError("config_invalid", { message: `it has not finished loading after ${withinMs / 1000} s` }));
  }, withinMs);
  return Promise.race([composing, late.promise]).finally(() => clearTimeout(timer));
}
