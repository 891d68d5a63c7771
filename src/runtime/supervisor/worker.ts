import type { Environment } from "../../config/loaded.ts";
import { forManyRequests, thisProgram } from "../process/many-requests.ts";
import type { WorkerOrder, WorkerReport } from "../process/worker-link.ts";
import type { Seats } from "./seats.ts";

export type WorkerSettings = {
  port: number;
  environment: Environment;
  seats: Seats<unknown>;
  /** How long it may take to end; then it is killed. */
  patienceMs: number;
};

export type WorkerEnd = { code: number; signal: number | NodeJS.Signals | null; livedMs: number };

/** The supervisor's view of one worker process, from its start to its end. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #child: Bun.Subprocess;
  readonly #listening = Promise.withResolvers<string | undefined>();
  readonly #ended = Promise.withResolvers<WorkerEnd>();
  /** The line that describes its agent, once that is loaded. */
  #agent: string | undefined;
  #isListening = false;
  /** Whether it has given a sign of life since they were last counted, and how many are missing since it gave one. */
  #hasGivenSign = false;
  #missing = 0;
  #isRunning = true;
  #tooLate: Timer | undefined;

  /** @param onAsked called when somebody else has sent it a signal to end */
  constructor(
    readonly number: number,
    settings: WorkerSettings,
    onAsked: () => void,
  ) {
    this.#settings = settings;
    const startedAt = performance.now();
    this.#child = Bun.spawn(command(number, settings.port), {
      stdio: ["ignore", "inherit", "inherit"],
      env: forManyRequests(settings.environment),
      ipc: (message: WorkerReport) => ("asked" in message ? onAsked() : this.#hear(message)),
      onExit: (_, code, signal) => this.#end({ code: code ?? 1, signal, livedMs: Math.round(performance.now() - startedAt) }),
    });
  }

  /** Resolves to the line that describes its agent when it answers requests, or to undefined when it ended before that. */
  get listening(): Promise<string | undefined> {
    return this.#listening.promise;
  }

  get isListening(): boolean {
    return this.#isListening && this.#isRunning;
  }

  /** Whether it has ever answered requests. */
  get hasListened(): boolean {
    return this.#isListening;
  }

  /** How many signs of life are missing since the last one: each time this is asked, one is due. */
  countMissing(): number {
    this.#missing = this.#hasGivenSign ? 0 : this.#missing + 1;
    this.#hasGivenSign = false;
    return this.#missing;
  }

  get ended(): Promise<WorkerEnd> {
    return this.#ended.promise;
  }

  /** Lets it end in order, because the service ends. */
  stop(): void {
    // Before it listens it has no requests to finish.
    if (!this.isListening) this.kill();
    else this.#endBy({ do: "stop" });
  }

  /** Lets it end in order, because another one has taken its place: new connections go to the others. */
  retire(): void {
    if (!this.isListening) this.kill();
    else this.#endBy({ do: "retire", seat: this.#settings.seats.of(this) });
  }

  /** Lets the kernel give connections to all workers again, after one has retired or is back. */
  spread(): void {
    this.#order({ do: "spread" });
  }

  /** Lets the kernel give new connections to all but another worker, which does nothing any more. */
  avoid(silent: Worker): void {
    this.#order({ do: "avoid", seat: this.#settings.seats.of(silent) });
  }

  leave(): void {
    this.#order({ do: "leave" });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #endBy(order: WorkerOrder): void {
    this.#order(order);
    this.#tooLate ??= setTimeout(() => this.kill(), this.#settings.patienceMs);
  }

  #order(order: WorkerOrder): void {
    if (this.#isRunning) this.#child.send(order);
  }

  #hear(message: Exclude<WorkerReport, { asked: string }>): void {
    const { seats } = this.#settings;
    this.#hasGivenSign = true;
    if ("loaded" in message) {
      this.#agent = message.loaded;
      // One after another, so that their order on the port is known.
      void seats.turn(() => this.#listen());
    } else if ("isListening" in message) {
      seats.taken(this);
      this.#isListening = true;
      this.#listening.resolve(this.#agent);
    }
  }

  async #listen(): Promise<void> {
    this.#order({ do: "listen" });
    await this.#listening.promise;
  }

  #end(end: WorkerEnd): void {
    this.#isRunning = false;
    clearTimeout(this.#tooLate);
    this.#settings.seats.left(this);
    this.#listening.resolve(undefined);
    this.#ended.resolve(end);
  }
}

/** The command that starts this program again. The added flags win: of a flag that is given twice, the last one counts. */
function command(number: number, port: number): string[] {
  return [...thisProgram(), ...process.argv.slice(2), "--port", String(port), "--worker", String(number)];
}
