import type { Loaded } from "../config/loaded.ts";
import type { Logger } from "../server/context.ts";
import { compose } from "./compose.ts";
import { surviveStrayErrors } from "./last-resort.ts";
import { listen } from "./listen.ts";
import { createLogger } from "./logger.ts";
import { openStore, type OpenStore } from "./open-store.ts";
import { shutDown } from "./shutdown.ts";
import { stopSignals } from "./signals.ts";

export type ServeOptions = {
  loaded: Loaded;
  library: () => Promise<object>;
  /** A line for the person or script that started this. */
  announce: (line: string) => void;
};

/** A lease is this long; a process that died is noticed within two. */
const LEASE_MS = 15_000;

/** Serves until a signal; answers whether it ended cleanly. @throws ChatKitError, ListenError when it cannot start */
export async function serve({ loaded, library, announce }: ServeOptions): Promise<boolean> {
  const { config } = loaded;
  const logger = createLogger(config);
  for (const warning of loaded.warnings) logger.warn({}, warning);
  const signals = stopSignals();
  // The port comes first: with port 0 the public address is only known now, and a taken one should fail before all else.
  const listener = listen(config);
  const store = await openStore(config);
  await store.migrate?.();
  surviveStrayErrors(logger);

  let draining = false;
  const isDraining = () => draining;
  const publicUrl = config.publicUrl ?? listener.url;
  const composition = await compose({ loaded, store, logger, publicUrl, isDraining, library });
  const stopRecovery = await recoverPeriodically(store, logger);
  listener.open((request, server) => composition.app.fetch(request, server));
  announce(`chatkit-server listens on ${listener.url}\n${composition.agent.describe}`);
  logger.info({ url: listener.url, public_url: publicUrl, agent: composition.agent.describe }, "listening");

  const signal = await signals.first;
  draining = true;
  stopRecovery();
  logger.info({ signal }, "stopping: new work is refused; a second signal ends at once");
  const clean = shutDown({ ...composition, listener, store, logger, graceMs: config.shutdownGrace });
  return Promise.race([clean, signals.second.then(() => false)]);
}

/** Closes what dead processes left open, now and from then on. */
async function recoverPeriodically(store: OpenStore, logger: Logger): Promise<() => void> {
  const recover = async () => {
    try {
      const runs = await store.recoverRuns();
      if (runs > 0) logger.info({ runs }, "closed answers that a dead process left open");
    } catch (err) {
      // The next round tries again; requests say for themselves what is wrong with the store.
      logger.warn({ err }, "could not look for answers that a dead process left open");
    }
  };
  await recover();
  const timer = setInterval(() => void recover(), LEASE_MS);
  return () => clearInterval(timer);
}
