import type { Loaded } from "../config/loaded.ts";
import type { Config } from "../config/options.ts";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import { listen, type Listener } from "./listen.ts";
import { createLogger } from "./logger.ts";
import { openStore } from "./open-store.ts";
import { prepareSchema } from "./schema.ts";
import { stopSignals, type StopSignals } from "./signals.ts";
import { Worker, WorkerError } from "./worker.ts";

/** How long after its grace period a worker is killed: a little more than the last steps of its own shutdown take. */
const CLOSING_MS = 15_000;
const LEAVING_MS = 500;

/** Serves with several processes until a signal; resolves to whether all of them ended cleanly. @throws ChatKitError, ListenError */
export async function supervise({ config, warnings, environment }: Loaded, announce: (line: string) => void): Promise<boolean> {
  const logger = createLogger(config);
  for (const warning of warnings) logger.warn({}, warning);
  const signals = stopSignals();
  const place = await holdAddress(config);
  await migrateOnce(config, logger);
  const givenUp = Promise.withResolvers<never>();
  givenUp.promise.catch(() => {});
  const workers = Array.from({ length: config.workers }, (_, i) => new Worker(i + 1, place.port, environment, logger, givenUp.reject));
  process.on("SIGHUP", () => void restartInTurn(workers, logger));
  try {
    const started = startAll(workers, place).then((describe) => {
      announce(`chatkit-server listens on ${place.url} with ${workers.length} workers\n${describe}`);
      return signals.first;
    });
    const signal = await Promise.race([started, signals.first, givenUp.promise]);
    logger.info({ signal }, "stopping the workers; a second signal ends at once");
    return await stopAll(workers, signals, config.shutdownGrace);
  } catch (error) {
    await stopAll(workers, signals, 0);
    throw error instanceof WorkerError ? startError(error) : error;
  }
}

/**
 * Holds the port until the first worker listens on it. It is first taken unshared: shared, it could be taken beside another program
 * that shares it, too, and a port in use should be an error at once.
 */
async function holdAddress(config: Config): Promise<Listener> {
  const alone = listen(config);
  await alone.stop(true);
  return listen({ host: config.host, port: alone.port }, true);
}

async function migrateOnce(config: Config, logger: Logger): Promise<void> {
  const store = await openStore(config, (warning) => logger.warn({}, warning));
  try {
    (await prepareSchema(store, config.migrate === "on", logger)).stopWatching();
  } finally {
    await store.close();
  }
}

/** Starts the first worker alone: what keeps it from starting would keep all of them, and should be reported once. */
async function startAll([first, ...others]: Worker[], place: Listener): Promise<string> {
  const describe = (await first?.start()) ?? "";
  await place.stop(true);
  await Promise.all(others.map((worker) => worker.start()));
  return describe;
}

/** Restarts one after another, so that the others answer meanwhile. */
async function restartInTurn(workers: Worker[], logger: Logger): Promise<void> {
  logger.info({ signal: "SIGHUP" }, "starting every worker anew");
  for (const worker of workers) await worker.restart();
}

async function stopAll(workers: Worker[], signals: StopSignals, graceMs: number): Promise<boolean> {
  const ended = Promise.all(workers.map((worker) => worker.stop()));
  void signals.second.then(() => {
    for (const worker of workers) worker.leave();
    setTimeout(killAll, LEAVING_MS);
  });
  const killAll = () => {
    for (const worker of workers) worker.kill();
  };
  const timer = setTimeout(killAll, graceMs + CLOSING_MS);
  const codes = await ended;
  clearTimeout(timer);
  return codes.every((code) => code === 0);
}

function startError(error: WorkerError): Error {
  if (error.code === 2) return new ChatKitError("config_invalid", { message: "the first worker did not start: see above" });
  return error.code === 3 ? new ChatKitError("schema_newer", { message: "the database does not fit: see above" }) : error;
}
