type PlacesOptions = {
  count: number;
  /** Who takes a place for longer than this and is slow gives it to the next one, in milliseconds. @default never */
  patienceMs?: number;
  /** Fewer bytes a second are slow. */
  slowBytesPerS?: number;
};

type Place = {
  /** Notes what was done in the place. */
  note(bytes: number): void;
  leave(): void;
};

/** A number of places, for work of which only so much may go on at once. Who comes when all are taken waits, in the order of coming. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(options: PlacesOptions) {
    this.#options = options;
    this.#free = options.count;
  }

  async enter(): Promise<Place> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#taken();
  }

  async within<T>(work: () => Promise<T>): Promise<T> {
    const place = await this.enter();
    try {
      return await work();
    } finally {
      place.leave();
    }
  }

  #taken(): Place {
    const { patienceMs, slowBytesPerS = 0 } = this.#options;
    let isTaken = true;
    let bytes = 0;
    const leave = () => {
      clearInterval(timer);
      if (isTaken) this.#next();
      isTaken = false;
    };
    const look = () => {
      const isSlow = bytes < (slowBytesPerS * patienceMs!) / 1000;
      bytes = 0;
      if (isSlow) leave();
    };
    const timer = patienceMs === undefined ? undefined : setInterval(look, patienceMs);
    return { note: (count) => void (bytes += count), leave };
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
