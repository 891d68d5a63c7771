/**
 * The supervisor: starts several processes that share one port (`worker.ts`), and starts a new one when one dies or is to be replaced. It
 * never answers a request itself.
 */
import type { Loaded } from "../../config/loaded.ts";
import type { Config } from "../../config/options.ts";
import { ChatKitError } from "../../errors.ts";
import type { Logger } from "../../server/context.ts";
import { createLogger } from "../parts/logger.ts";
import { openStore } from "../parts/open-store.ts";
import { listen, listenWhenFree, type Listener } from "../process/listen.ts";
import { stopSignals } from "../process/signals.ts";
import { prepareSchema } from "../schema.ts";
import { WorkerError } from "./post.ts";
import { Posts } from "./posts.ts";

/** Serves with several processes until a signal; resolves to whether all of them ended cleanly. @throws ChatKitError, ListenError */
export async function supervise(loaded: Loaded, announce: (line: string) => void): Promise<boolean> {
  const { config, warnings } = loaded;
  const logger = createLogger(config);
  for (const warning of warnings) logger.warn({}, warning);
  const signals = stopSignals();
  const place = await holdAddress(config);
  await migrateOnce(config, logger);
  const posts = new Posts(loaded, place, logger);
  process.on("SIGHUP", () => {
    logger.info({ signal: "SIGHUP" }, "replacing the workers");
    posts.restart();
  });
  try {
    const started = posts.start(place).then((describe) => {
      announce(`chatkit-server listens on ${place.url} with ${posts.count} workers\n${describe}`);
      return signals.first;
    });
    const { reason } = await Promise.race([started, signals.first, posts.givenUp]);
    logger.info({ signal: reason }, "stopping the workers; a second signal ends at once");
    return await posts.stop(signals.second);
  } catch (error) {
    await posts.stop(signals.second, 0);
    throw error instanceof WorkerError ? startError(error) : error;
  }
}

/**
 * Holds the port until the first worker listens on it. A port that another program uses has to be an error, also if that program shares
 * it. So it is first opened unshared.
 */
async function holdAddress(config: Config): Promise<Listener> {
  const alone = await listenWhenFree(config);
  await alone.stop(true);
  return listen({ host: config.host, port: alone.port }, true);
}

async function migrateOnce(config: Config, logger: Logger): Promise<void> {
  const store = await openStore(config, (warning) => logger.warn({}, warning));
  try {
    (await prepareSchema(store, config.migrate === "on" ? "us" : "operator", logger)).stopWatching();
  } finally {
    await store.close();
  }
}

function startError(error: WorkerError): Error {
  if (error.code === 2) return new ChatKitError("config_invalid", { message: "the first worker did not start: see above" });
  return error.code === 3 ? new ChatKitError("schema_newer", { message: "the database does not fit: see above" }) : error;
}
