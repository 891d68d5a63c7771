import type { Environment } from "../config/loaded.ts";
import type { Logger } from "../server/context.ts";
import { forManyRequests, thisProgram } from "./many-requests.ts";
import type { WorkerOrder, WorkerReport } from "./worker-link.ts";

/** A worker that lived shorter than this counts as having died at its start. */
const QUICK_DEATH_MS = 5000;
const MAX_QUICK_DEATHS = 5;
const FIRST_DELAY_MS = 100;
/** The exit codes for a wrong configuration and for a schema that does not fit: to start again would not help. */
const HOPELESS = [2, 3];

/** A worker that will not be started again; `code` is its exit code. */
export class WorkerError extends Error {
  constructor(readonly code: number) {
    super("a worker ended at once, again and again: see what it wrote above");
  }
}

/** One of several processes that share the address. It is started again when it dies. */
export class Worker {
  #child: Bun.Subprocess | undefined;
  #listening = Promise.withResolvers<string>();
  #isListening = false;
  #ended: PromiseWithResolvers<number> | undefined;
  #quickDeaths = 0;
  #startedAt = 0;
  #again: Timer | undefined;

  constructor(
    readonly number: number,
    private readonly port: number,
    private readonly environment: Environment,
    private readonly logger: Logger,
    private readonly giveUp: (error: WorkerError) => void,
  ) {}

  /** Resolves once it answers requests, with the line that describes its agent. */
  start(): Promise<string> {
    // It was stopped before this start.
    if (this.#ended) return new Promise(() => {});
    this.#startedAt = Date.now();
    this.#listening = Promise.withResolvers<string>();
    this.#isListening = false;
    this.#child = Bun.spawn(command(this.number, this.port), {
      stdio: ["ignore", "inherit", "inherit"],
      env: forManyRequests(this.environment),
      ipc: ({ listening }: WorkerReport) => {
        this.#isListening = true;
        this.#listening.resolve(listening);
      },
      onExit: (_, code, signal) => this.#died(code, signal),
    });
    return this.#listening.promise;
  }

  /** Lets it end in order; resolves to its exit code. */
  stop(): Promise<number> {
    if (this.#ended) return this.#ended.promise;
    this.#ended = Promise.withResolvers<number>();
    clearTimeout(this.#again);
    if (this.#alive) this.#order("stop");
    else this.#ended.resolve(0);
    return this.#ended.promise;
  }

  leave(): void {
    this.#order("leave");
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  /** Lets it end in order and starts it again, with the configuration and the agent that are on disk by then. */
  async restart(): Promise<void> {
    await this.stop();
    this.#ended = undefined;
    await this.start();
  }

  get #alive(): Bun.Subprocess | undefined {
    return this.#child?.exitCode === null && this.#child.signalCode === null ? this.#child : undefined;
  }

  #order(order: WorkerOrder): void {
    const child = this.#alive;
    if (!child) return;
    // A worker that does not listen yet may not receive messages, and has no requests that a signal could cut.
    if (this.#isListening) child.send(order);
    else child.kill("SIGTERM");
  }

  #died(code: number | null, signal: number | NodeJS.Signals | null): void {
    const livedMs = Date.now() - this.#startedAt;
    if (this.#ended) return this.#ended.resolve(this.#isListening ? (code ?? 1) : 0);
    this.#quickDeaths = livedMs < QUICK_DEATH_MS ? this.#quickDeaths + 1 : 0;
    this.logger.error({ worker: this.number, code, signal, lived_ms: livedMs }, "a worker has died");
    const isHopeless = !this.#isListening && HOPELESS.includes(code ?? 0);
    if (isHopeless || this.#quickDeaths >= MAX_QUICK_DEATHS) return this.giveUp(new WorkerError(code ?? 1));
    const delayMs = this.#quickDeaths === 0 ? 0 : FIRST_DELAY_MS * 2 ** (this.#quickDeaths - 1);
    // Whoever waits for the dead one to listen is told by its successor.
    const waiting = this.#listening;
    this.#again = setTimeout(() => void this.start().then(waiting.resolve), delayMs);
  }
}

/** The command that starts this program again. Of a flag that is given twice the last one counts. */
function command(number: number, port: number): string[] {
  return [...thisProgram(), ...process.argv.slice(2), "--port", String(port), "--worker", String(number)];
}
