/**
 * The runtime: makes each part from the configuration (`parts/`), puts them and the agent together (`compose.ts`), listens, reloads, and
 * drains at the end. Which adapters are used is decided in this room; how an answer is made never is. Several processes on one port:
 * `supervisor/`. What the other verbs do: `verbs/`.
 */
import type { ByteStore } from "../attachments/byte-store.ts";
import { largestOfAll } from "../attachments/upload-rules.ts";
import type { Loaded } from "../config/loaded.ts";
import { maskUrl } from "../config/mask.ts";
import type { PanelOptions } from "../http/routes/panel.ts";
import type { Logger, RequestContext } from "../server/context.ts";
import { RunKeeper } from "../server/runs/run-keeper.ts";
import { compose } from "./compose.ts";
import { panelOf } from "./panel.ts";
import { Keys, makeAuthenticator, makeSessions } from "./parts/authenticators.ts";
import { makeLimits } from "./parts/limits.ts";
import { createLogger, type ReloadableLogger } from "./parts/logger.ts";
import { openAttachments, uploadRules } from "./parts/open-attachments.ts";
import { openStore, type OpenStore } from "./parts/open-store.ts";
import { Quotas } from "./parts/quotas.ts";
import { surviveStrayErrors } from "./process/last-resort.ts";
import { addressOf, listen, listenWhenFree, type Listener } from "./process/listen.ts";
import { LoopLag } from "./process/loop-lag.ts";
import { retire } from "./process/retire.ts";
import { sendElsewhere, spreadAgain } from "./process/reuse-port.ts";
import { stopSignals } from "./process/signals.ts";
import { giveSignsOfLife, obeySupervisor, report, type Link } from "./process/worker-link.ts";
import { firstComposition, Reload } from "./reload.ts";
import { Rotation } from "./rotation.ts";
import { prepareSchema, type Schema } from "./schema.ts";
import { shutDown } from "./shutdown.ts";
import { finishDeletions } from "./upkeep/deletions.ts";
import { recover, recoverPeriodically } from "./upkeep/recovery.ts";
import { keepRetention } from "./upkeep/retention.ts";
import { keepSwept } from "./upkeep/sweep-daily.ts";
import { warmUpSoon } from "./warm-up.ts";

/** Enough to accept the connections that are waiting and to read from them. */
const BEFORE_LOADING_MS = 5;

type ServeOptions = {
  loaded: Loaded;
  /** This library, as agent modules import it. */
  library: () => Promise<object>;
  /** A line for the person or script that started this. */
  announce: (line: string) => void;
  /** The number of this process when it is one of several that a supervisor has started. */
  worker?: number | undefined;
};

/** Serves until a signal; resolves to whether everything ended in order. @throws ChatKitError, ListenError when it cannot start */
export async function serve(options: ServeOptions): Promise<boolean> {
  const { worker } = options;
  const { config, warnings } = options.loaded;
  const developer = panelOf(options.loaded, worker);
  const logger = createLogger(config, worker, developer?.lines);
  if (worker === undefined) for (const warning of warnings) logger.warn({}, warning);
  const port = Promise.withResolvers<Listener>();
  const link = worker === undefined ? undefined : supervised(port.promise);
  const signals = link ?? stopSignals();
  // From the start on: without a listener the signal would end the process.
  const hangUp = onHangUp(worker);
  let draining = false;
  const starting = start(options, link, port.resolve, logger, () => draining, developer?.panel);
  // A start may take long, in an agent module or a database. A signal has to end it all the same.
  const running = await Promise.race([starting, signals.first.then(() => undefined)]);
  if (running === undefined) return false;

  // Requests are already answered while the agent is loading, so from here on a signal has to let them end.
  await Promise.race([tellWhenLoaded(running, options, logger, () => draining, developer?.panel), signals.first]);
  const stopUpkeep = keepUp(running, options.loaded, logger);
  hangUp(() => {
    logger.info({ signal: "SIGHUP" }, "reading the configuration and the agent again");
    void running.reload.everything();
  });
  const { reason, isReplaced, seat } = await signals.first;
  if (isReplaced) await Promise.race([retire(running.listener, seat), signals.second]);
  draining = true;
  running.listener.endConnections();
  stopUpkeep();
  logger.info({ signal: reason }, isReplaced ? "stopping: others take new work" : "stopping: new work is refused; a second signal ends at once");
  const clean = shutDown({ ...running, logger, graceMs: config.shutdownGrace });
  return Promise.race([clean, signals.second.then(() => leave(running, logger))]);
}

function leave({ runs }: Running, logger: Logger): false {
  logger.warn({ clean: false, answers: runs.size }, "stopped at once by a second signal: running answers are closed by another process or the next start");
  return false;
}

type Running = {
  rotation: Rotation;
  listener: Listener;
  store: OpenStore;
  bytes: ByteStore | undefined;
  runs: RunKeeper<RequestContext>;
  schema: Schema;
  quotas: Quotas;
  reload: Reload;
};

/** Takes SIGHUP; returns a function that says what to do about it, also about one that has come before. A worker leaves it to its supervisor. */
function onHangUp(worker: number | undefined): (reload: () => void) => void {
  const ready = Promise.withResolvers<() => void>();
  if (worker === undefined) process.on("SIGHUP", () => void ready.promise.then((reload) => reload()));
  return ready.resolve;
}

/** The signals of a worker: they are orders of its supervisor. When that dies, the worker stops listening. */
function supervised(listening: Promise<Listener>): Link {
  const link = obeySupervisor((away) => void listening.then(({ port }) => (away ? sendElsewhere(port, away) : spreadAgain(port))));
  void Promise.all([listening, link.orphaned]).then(([listener]) => listener.stop());
  return link;
}

async function start(options: ServeOptions, link: Link | undefined, onPort: (listener: Listener) => void, logger: ReloadableLogger, isDraining: () => boolean, panel?: PanelOptions): Promise<Running> {
  const { loaded, library, worker } = options;
  const { config } = loaded;
  const address = { ...config, largestFileBytes: largestOfAll(uploadRules(config)) };
  // The port comes first: a taken one should be the first error, and with port 0 the public address is not known before. A worker's is
  // held by its supervisor or by other workers, which answer while this one loads an agent that may take long, or never be loaded.
  const alone = link ? undefined : await listenWhenFree(address);
  if (alone) onPort(alone);
  const warn = worker === undefined ? (warning: string) => logger.warn({}, warning) : undefined;
  const store = await openStore(config, warn);
  const bytes = await openAttachments(config, warn);
  const schema = await prepareSchema(store, config.migrate === "off" ? "operator" : link ? "supervisor" : "us", logger);
  surviveStrayErrors(logger);
  const publicUrl = config.publicUrl ?? alone?.url ?? addressOf(config.host, config.port);
  const sessions = await makeSessions(config, store);
  const authenticate = await makeAuthenticator(config, logger, sessions);
  const { maxThreadsPerUser: maxThreads, maxBytesPerUser: maxBytes } = config;
  const quotas = new Quotas({ store, maxThreads, maxBytes, logger, isPaused: schema.isPending });
  const lag = new LoopLag();
  const limits = makeLimits(config, { isLate: () => lag.isLate, quota: quotas.check });
  const runs = new RunKeeper(store, logger, { leaseMs: config.lease });
  const parts = { loaded, authenticate, sessions, store, bytes, runs, logger, publicUrl, limits, isDraining, isSchemaPending: schema.isPending, library, panel };
  const rotation = new Rotation(await firstComposition(loaded, (fresh) => compose({ ...parts, fresh }), logger), logger);
  if (!schema.isPending()) await recover(runs, logger);
  if (link) {
    report({ loaded: await rotation.agent.describe() });
    await link.turn;
  }
  const listener = alone ?? listen(address, true);
  listener.open((request, connection) => rotation.fetch(request, connection));
  if (link) {
    onPort(listener);
    report({ isListening: true });
    giveSignsOfLife();
  }
  const keys = new Keys(config, authenticate, (next) => makeAuthenticator(next, logger, sessions));
  const composeAgain = async (next: Loaded) => compose({ ...parts, loaded: next, authenticate: await keys.of(next.config), fresh: true });
  const reload = new Reload({ rotation, loaded, compose: composeAgain, onConfig: (next) => logger.reconfigure(next), logger });
  if (config.watch) reload.watch();
  return { rotation, listener, store, bytes, runs, schema, quotas, reload };
}

/** @throws ChatKitError when the agent cannot be loaded */
async function tellWhenLoaded(running: Running, options: ServeOptions, logger: Logger, isDraining: () => boolean, panel?: PanelOptions): Promise<void> {
  const { rotation, listener } = running;
  const { announce, worker, loaded } = options;
  // Requests that have waited for the start are answered before loading the agent takes all of the processor.
  await Bun.sleep(BEFORE_LOADING_MS);
  const describe = await rotation.agent.describe();
  if (isDraining()) return;
  // The operator's own token is a secret, and no news to them.
  const page = panel && `\nChat page: ${listener.url}/${panel.isForProxies ? "" : `?token=${panel.token}`}`;
  if (worker === undefined) announce(`chatkit-server listens on ${listener.url}\n${describe}${page ?? ""}`);
  logger.info({ url: listener.url, public_url: maskUrl(loaded.config.publicUrl ?? listener.url), agent: describe }, "listening");
}

/** Starts what is done from time to time beside answering; returns a function that ends it. */
function keepUp({ store, bytes, runs, rotation, schema, quotas, reload }: Running, { config }: Loaded, logger: Logger): () => void {
  const { attachmentStore } = rotation.agent.server;
  const stopRecovery = recoverPeriodically(runs, config.lease, logger, schema.isPending);
  const stopRetention = keepRetention({ store, attachmentStore, retentionMs: config.retention, logger, isPaused: schema.isPending });
  const stopDeletions = finishDeletions({ store, attachmentStore, logger }, schema.isPending);
  const stopSweeps = keepSwept({ store, bytes, logger, isPaused: schema.isPending });
  const stopWarmUp = warmUpSoon(logger);
  quotas.start();
  return () => {
    stopWarmUp();
    reload.stopWatching();
    schema.stopWatching();
    stopRecovery();
    stopRetention();
    stopDeletions();
    stopSweeps();
    quotas.stop();
  };
}
