import type { Logger } from "../../server/context.ts";
import { SIGN_OF_LIFE_MS } from "../process/worker-link.ts";

/** As many signs of life in a row are missing when a worker gets no new connections any more: a garbage collection takes less. */
const AVOIDED_AFTER = 3;

type Watched<W> = {
  number: number;
  /** How many signs of life are missing since the last one: each time this is asked, one is due. */
  countMissing(): number;
  /** Lets the kernel give new connections to all but that one. */
  avoid(silent: W): void;
  /** Lets the kernel give connections to all again. */
  spread(): void;
  kill(): void;
};

/**
 * Notices workers that do nothing any more: stopped by a signal, or in an endless loop. The kernel would go on giving them their share of
 * the connections, which nobody answers. New ones go to the others soon, which harms nobody if the worker comes back. It is killed when
 * two lease periods have passed: by then others have closed its answers, and it could not write any more.
 */
export class Watchdog<W extends Watched<W>> {
  readonly #logger: Logger;
  readonly #workers: () => readonly W[];
  readonly #killedAfter: number;
  readonly #timer: Timer;
  #avoided: W | undefined;

  /** @param workers those that answer requests at the moment */
  constructor(workers: () => readonly W[], leaseMs: number, logger: Logger) {
    this.#workers = workers;
    this.#killedAfter = Math.ceil((2 * leaseMs) / SIGN_OF_LIFE_MS);
    this.#logger = logger;
    // Turns are counted, not time: when the supervisor or the whole machine has slept, no worker is to blame.
    this.#timer = setInterval(() => this.look(), SIGN_OF_LIFE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Called when each of them should have given a sign of life since the last time. */
  look(): void {
    const missing = new Map(this.#workers().map((worker) => [worker, worker.countMissing()]));
    const other = [...missing.keys()].find((worker) => missing.get(worker) === 0);
    for (const [worker, signs] of missing) {
      const fields = { worker: worker.number, silent_s: (signs * SIGN_OF_LIFE_MS) / 1000 };
      if (signs === AVOIDED_AFTER) {
        this.#logger.warn(fields, "a worker gives no sign of life: new connections go to the others");
        // Any of the others can tell the kernel, since all that share the port are chosen from by one program.
        other?.avoid(worker);
        this.#avoided = worker;
      } else if (signs === this.#killedAfter) {
        this.#logger.error(fields, "a worker gives no sign of life, and is killed");
        worker.kill();
      }
    }
    // Back, or dead.
    if (!this.#avoided || !other || (missing.get(this.#avoided) ?? 0) >= AVOIDED_AFTER) return;
    if (missing.has(this.#avoided)) this.#logger.info({ worker: this.#avoided.number }, "a worker is back, and gets new connections again");
    this.#avoided = undefined;
    other.spread();
  }
}
