import type { Loaded } from "../config/loaded.ts";
import type { Logger } from "../server/context.ts";
import { compose, type Composition } from "./compose.ts";
import { surviveStrayErrors } from "./last-resort.ts";
import { listen, type Listener } from "./listen.ts";
import { createLogger } from "./logger.ts";
import { openStore, type OpenStore } from "./open-store.ts";
import { shutDown } from "./shutdown.ts";
import { stopSignals } from "./signals.ts";

export type ServeOptions = {
  loaded: Loaded;
  /** This library, as agent modules import it. */
  library: () => Promise<object>;
  /** A line for the person or script that started this. */
  announce: (line: string) => void;
};

/** A lease is this long; a process that died is noticed within two. */
const LEASE_MS = 15_000;

/** Serves until a signal; answers whether it ended cleanly. @throws ChatKitError, ListenError when it cannot start */
export async function serve(options: ServeOptions): Promise<boolean> {
  const { config, warnings } = options.loaded;
  const logger = createLogger(config);
  for (const warning of warnings) logger.warn({}, warning);
  const signals = stopSignals();
  let draining = false;
  const starting = start(options, logger, () => draining);
  // A start can take long, in an agent module or a database: a signal ends that, too.
  const running = await Promise.race([starting, signals.first.then(() => undefined)]);
  if (running === undefined) return false;

  const stopRecovery = recoverPeriodically(running.store, logger);
  const signal = await signals.first;
  draining = true;
  stopRecovery();
  logger.info({ signal }, "stopping: new work is refused; a second signal ends at once");
  const clean = shutDown({ ...running, logger, graceMs: config.shutdownGrace });
  return Promise.race([clean, signals.second.then(() => false)]);
}

type Running = Composition & { listener: Listener; store: OpenStore };

async function start({ loaded, library, announce }: ServeOptions, logger: Logger, isDraining: () => boolean): Promise<Running> {
  const { config } = loaded;
  // The port comes first: with port 0 the public address is only known now, and a taken one should fail before all else.
  const listener = listen(config);
  const store = await openStore(config);
  await store.migrate?.();
  surviveStrayErrors(logger);
  const publicUrl = config.publicUrl ?? listener.url;
  const composition = await compose({ loaded, store, logger, publicUrl, isDraining, library });
  await recover(store, logger);
  listener.open((request, server) => composition.app.fetch(request, server));
  const { describe } = composition.agent;
  announce(`chatkit-server listens on ${listener.url}\n${describe}`);
  logger.info({ url: listener.url, public_url: publicUrl, agent: describe }, "listening");
  return { ...composition, listener, store };
}

/** Closes what dead processes left open. */
async function recover(store: OpenStore, logger: Logger): Promise<void> {
  try {
    const runs = await store.recoverRuns();
    if (runs > 0) logger.info({ runs }, "closed answers that a dead process left open");
  } catch (err) {
    // The next round tries again; requests say for themselves what is wrong with the store.
    logger.warn({ err }, "could not look for answers that a dead process left open");
  }
}

function recoverPeriodically(store: OpenStore, logger: Logger): () => void {
  const timer = setInterval(() => void recover(store, logger), LEASE_MS);
  return () => clearInterval(timer);
}
