import type { LoadedAgent } from "../../../src/agents/loading/load-agent-server.ts";
import { ChatKitError, errorBody, toChatKitError } from "../../../src/errors.ts";
import { RequestContexts } from "../../../src/http/contexts.ts";
import { SseBody } from "../../../src/http/sse.ts";
import type { Composition } from "../../../src/runtime/compose.ts";
import type { Listener } from "../../../src/runtime/process/listen.ts";
import { Rotation } from "../../../src/runtime/rotation.ts";
import { shutDown } from "../../../src/runtime/shutdown.ts";
import { finishDeletions } from "../../../src/runtime/upkeep/deletions.ts";
import { recover, recoverPeriodically } from "../../../src/runtime/upkeep/recovery.ts";
import type { Clock } from "../../../src/server/clock.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { StreamingResult } from "../../../src/server/result.ts";
import { RunKeeper } from "../../../src/server/runs/run-keeper.ts";
import { SimulatedAgent } from "./agent.ts";
import type { Connection } from "./connection.ts";
import type { Owner } from "./scheduler.ts";
import type { Simulation } from "./simulation.ts";
import { storePort } from "./store-port.ts";

/** What a page gets at once: a document, or the body of a stream. */
export type Answer = { status: number; json: unknown } | { body: SseBody };

const LOGGER = { debug() {}, info() {}, warn() {}, error() {} };
const HEARTBEAT_MS = 15_000;

/**
 * One life of a server's process, put together as `runtime/serve.ts` does, over ports of the simulation. While it is paused, nothing of
 * it happens; once it is dead, none of its calls is ever answered, none of its timers fires and nothing that it has sent to the store is
 * sure to arrive: for what is left of it in memory that is a process that has ended.
 */
export class SimulatedProcess implements Owner {
  isGone = false;
  isPaused = false;
  isListening = false;
  /** The network between this process and the database is down. */
  isCutOff = false;
  readonly held: Owner["held"] = [];
  readonly connections = new Set<Connection>();
  readonly #startedAt: number;
  #runs: RunKeeper<RequestContext> | undefined;
  #rotation: Rotation | undefined;
  #contexts = new RequestContexts(LOGGER);
  #server: SimulatedAgent | undefined;
  #stopUpkeep = () => {};
  #isDraining = false;

  constructor(
    private readonly simulation: Simulation,
    readonly name: string,
    /** Called when it has ended, however. */
    private readonly onEnd: () => void,
  ) {
    this.#startedAt = simulation.scheduler.now;
    this.#note("starts");
    simulation.scheduler.after(0, this, () => void this.#start());
  }

  /** The process's own monotonic clock and timers. */
  readonly clock: Clock = {
    now: () => this.simulation.scheduler.now - this.#startedAt,
    after: (ms, work) => {
      const { weather, scheduler } = this.simulation;
      return scheduler.after(ms + (weather.strikes("late timer", 30) ? weather.between(20, 1500) : weather.random.next()), this, work);
    },
  };

  get isUp(): boolean {
    return this.isListening && !this.isGone;
  }

  get runs(): number {
    return this.#runs?.size ?? 0;
  }

  async #start(): Promise<void> {
    const { leaseMs } = this.simulation;
    const store = storePort(this.simulation, this);
    const runs = new RunKeeper(store, LOGGER, { leaseMs, clock: this.clock });
    const unused = () => Promise.reject(new Error("not used here"));
    const server: SimulatedAgent = new SimulatedAgent(this.simulation, this, {
      store, runs, leaseMs, clock: this.clock, logger: LOGGER, publicUrl: "http://simulated", requestContext: unused, server: () => server,
    });
    const app = { fetch: (request: Request) => this.#answer(request) };
    const agent: LoadedAgent = { server, describe: async () => "", models: async () => [], close: async () => {} };
    this.#server = server;
    this.#runs = runs;
    // The rotation only passes on what the app answers; here that is no Response of HTTP.
    this.#rotation = new Rotation({ agent, contexts: this.#contexts, app } as unknown as Composition, LOGGER);
    await recover(runs, LOGGER);
    this.isListening = true;
    const stopRecovery = recoverPeriodically(runs, leaseMs, LOGGER, () => false);
    const stopDeletions = finishDeletions({ store, logger: LOGGER }, () => false);
    this.#stopUpkeep = () => {
      stopRecovery();
      stopDeletions();
    };
  }

  /** Answers one request that was read from a connection. */
  take(request: Request): Promise<Answer> {
    return this.#rotation!.fetch(request, undefined as never) as unknown as Promise<Answer>;
  }

  /** What the HTTP app does with a request to `/chatkit`. */
  async #answer(request: Request): Promise<Answer> {
    try {
      if (this.#isDraining) throw new ChatKitError("shutting_down");
      this.#contexts.admit(request, { userId: "ada", requestId: crypto.randomUUID() });
      const context = await this.#contexts.of(request);
      const result = await this.#server!.process(await request.text(), context);
      if (!(result instanceof StreamingResult)) return { status: 200, json: JSON.parse(result.json) };
      const ended = Promise.withResolvers<unknown>();
      const body = new SseBody(result.chunks(), {
        heartbeatMs: HEARTBEAT_MS,
        signal: context.signal,
        onGone: () => this.#contexts.leave(request),
        onFailure: (thrown) => this.simulation.history.add({ kind: "fault", what: `a stream broke off: ${String(thrown)}` }),
        onEnd: ended.resolve,
      });
      this.#contexts.holdStream(body, ended.promise);
      return { body };
    } catch (thrown) {
      const error = toChatKitError(thrown);
      return { status: error.status, json: errorBody(error, "simulated") };
    }
  }

  pause(): void {
    this.isPaused = true;
    this.#note("pauses");
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.#note("resumes");
    this.simulation.scheduler.release(this);
  }

  /** kill -9, or the machine loses power. */
  die(): void {
    if (this.isGone) return;
    this.#leave("dies");
  }

  /** SIGTERM; what `serve` does then. */
  terminate(graceMs: number): void {
    if (this.isGone || this.#isDraining || !this.isListening) return;
    this.#note("is told to end");
    this.simulation.scheduler.after(0, this, () => void this.#shutDown(graceMs));
  }

  async #shutDown(graceMs: number): Promise<void> {
    this.#isDraining = true;
    this.#stopUpkeep();
    const listener = { stop: (cut?: boolean) => this.#stopListening(cut) } as Listener;
    const store = { close: async () => {} } as never;
    await shutDown({ rotation: this.#rotation!, listener, store, logger: LOGGER, graceMs });
    // At a moment of its own, when everything that it could still do is done.
    this.simulation.scheduler.after(0.1, this.simulation.outside, () => this.isGone || this.#leave("exits"));
  }

  async #stopListening(cut = false): Promise<void> {
    this.isListening = false;
    if (cut) for (const connection of this.connections) connection.cut();
    await Promise.all([...this.connections].map(({ closed }) => closed));
  }

  #leave(how: "dies" | "exits"): void {
    this.isGone = true;
    this.isListening = false;
    this.#note(how);
    for (const connection of this.connections) connection.cut();
    this.onEnd();
  }

  #note(what: "starts" | "pauses" | "resumes" | "dies" | "is told to end" | "exits"): void {
    this.simulation.history.add({ kind: "process", process: this.name, what });
  }
}
