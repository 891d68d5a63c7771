import type { Loaded } from "../../config/loaded.ts";
import type { Logger } from "../../server/context.ts";
import { notYet, type Listener } from "../process/listen.ts";
import { Post, type WorkerError } from "./post.ts";
import { Restarts } from "./restarts.ts";
import { Seats } from "./seats.ts";
import { Watchdog } from "./watchdog.ts";
import type { Worker } from "./worker.ts";

/** How long a worker may take after its grace period until it is killed: a little more than the last steps of its shutdown take. */
const CLOSING_MS = 15_000;
const LEAVING_MS = 500;

/** All posts of a service, each with its worker. */
export class Posts {
  readonly #posts: Post[];
  readonly #seats = new Seats<unknown>();
  readonly #restarts: Restarts;
  readonly #watchdog: Watchdog<Worker>;
  readonly #graceMs: number;
  readonly #givenUp = Promise.withResolvers<never>();
  /** Whether the first worker answers requests: from then on nothing that keeps another from starting ends the service. */
  #isStarted = false;
  /** Whether a restart was asked for before that. */
  #isRestartDue = false;

  /** @param place holds the port until the first worker listens on it */
  constructor({ config, environment }: Pick<Loaded, "config" | "environment">, place: Listener, logger: Logger) {
    this.#givenUp.promise.catch(() => {});
    this.#seats.taken(place);
    this.#restarts = new Restarts(logger);
    this.#graceMs = config.shutdownGrace;
    const settings = {
      port: place.port,
      environment,
      seats: this.#seats,
      patienceMs: this.#graceMs + CLOSING_MS,
      logger,
      onAsked: (post: Post) => this.#restarts.ask([post]),
      isWorthWaiting: () => this.#isStarted && this.#posts.some((post) => post.isListening),
      giveUp: (error: WorkerError) => this.#givenUp.reject(error),
    };
    this.#posts = Array.from({ length: config.workers }, (_, i) => new Post(i + 1, settings));
    this.#watchdog = new Watchdog(() => this.#posts.flatMap((post) => post.listening), config.lease, logger);
  }

  get count(): number {
    return this.#posts.length;
  }

  /** Rejects with a WorkerError when no worker answers any more and none can be started. */
  get givenUp(): Promise<never> {
    return this.#givenUp.promise;
  }

  /**
   * Starts the first worker alone, so that an error which concerns all of them is reported once. Resolves to the line that describes the
   * agent.
   */
  async start(place: Listener): Promise<string> {
    const [first, ...others] = this.#posts;
    first?.start();
    const describe = (await first?.started) ?? "";
    // Requests that have waited for a worker there are told to come again.
    place.open(notYet);
    place.endConnections();
    void place.stop();
    this.#seats.left(place);
    for (const post of others) post.start();
    this.#isStarted = true;
    if (this.#isRestartDue) this.restart();
    await Promise.all(others.map((post) => post.started));
    return describe;
  }

  /** Replaces all workers, one after another, so that they use what is on disk now. While the first is starting, it waits until that has. */
  restart(): void {
    this.#isRestartDue = !this.#isStarted;
    if (this.#isStarted) this.#restarts.ask(this.#posts);
  }

  /** Lets all of them end in order; resolves to whether they did. @param now resolves when they have to end at once */
  async stop(now: Promise<unknown>, graceMs = this.#graceMs): Promise<boolean> {
    const ended = Promise.all(this.#posts.map((post) => post.stop()));
    void now.then(() => {
      for (const post of this.#posts) post.leave();
      setTimeout(killAll, LEAVING_MS);
    });
    const killAll = () => {
      for (const post of this.#posts) post.kill();
    };
    const timer = setTimeout(killAll, graceMs + CLOSING_MS);
    const codes = await ended;
    clearTimeout(timer);
    this.#watchdog.stop();
    return codes.flat().every((code) => code === 0);
  }
}
