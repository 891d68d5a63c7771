/** What a link keeps open, and how it is noticed that it has ended. */
export type Session = {
  close(): Promise<void>;
  /** Set by the link: called once when the session ends by itself, with a reason for the log. */
  onEnd?: (reason: string) => void;
};

type LinkInit<S extends Session> = {
  open(): Promise<S>;
  /** Called once for each loss. */
  onLoss(reason: string): void;
  onReturn(afterMs: number): void;
};

/** The pause before the second try to connect again; it doubles with each, up to the longest. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
/** A session that has lived this long was a good one: the next loss begins with the first pause again. */
const GOOD_MS = 30_000;
/** The pause that is left when somebody waits. */
const PATIENT_MS = 1000;

/** A session that is opened anew whenever it is lost, with a growing pause between the tries. */
export class Link<S extends Session> {
  #session: S | undefined;
  #isClosed = true;
  #tries = 0;
  #openedAt = 0;
  #lostAt = 0;
  /** Resolves when the session is there again. */
  #return = Promise.withResolvers<S>();
  #wake: (() => void) | undefined;

  constructor(private readonly init: LinkInit<S>) {}

  get isUp(): boolean {
    return this.#session !== undefined;
  }

  /** Opens the first session. @throws what `open` throws; then nothing is tried again */
  async connect(): Promise<void> {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#awaitReturn();
    try {
      const session = await this.init.open();
      if (!this.#isClosed) return this.#take(session);
      await session.close();
    } catch (error) {
      this.#isClosed = true;
      throw error;
    }
    throw new Error("closed while it was being opened");
  }

  /** The session; while it is lost, the one that comes within `ms`. @throws Error when none comes */
  async session(ms: number): Promise<S> {
    if (this.#session) return this.#session;
    if (this.#isClosed) throw new Error("not connected");
    this.#wake?.();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("not connected again yet")), ms);
    return Promise.race([this.#return.promise, late.promise]).finally(() => clearTimeout(timer));
  }

  /** Gives a session up, unless another one has taken its place already, and begins to open another. */
  lose(session: S, reason: string): void {
    if (session !== this.#session || this.#isClosed) return;
    this.#session = undefined;
    this.#lostAt = performance.now();
    if (this.#lostAt - this.#openedAt > GOOD_MS) this.#tries = 0;
    this.init.onLoss(reason);
    void session.close().catch(() => {});
    void this.#openAgain();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const session = this.#session;
    this.#session = undefined;
    this.#wake?.();
    this.#return.reject(new Error("closed"));
    await session?.close();
  }

  async #openAgain(): Promise<void> {
    while (!this.#isClosed) {
      if (this.#tries > 0) await this.#pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#tries - 1)));
      this.#tries++;
      if (this.#isClosed) return;
      const session = await this.init.open().catch(() => undefined);
      if (!session) continue;
      if (this.#isClosed) return void session.close().catch(() => {});
      return this.#take(session);
    }
  }

  #take(session: S): void {
    const lostAt = this.#lostAt;
    this.#lostAt = 0;
    this.#session = session;
    this.#openedAt = performance.now();
    session.onEnd = (reason) => this.lose(session, reason);
    if (lostAt > 0) this.init.onReturn(Math.round(this.#openedAt - lostAt));
    this.#return.resolve(session);
    this.#awaitReturn();
  }

  #awaitReturn(): void {
    this.#return = Promise.withResolvers<S>();
    // Without somebody who waits its rejection would end the process.
    this.#return.promise.catch(() => {});
  }

  /** Waits for so long, or less when somebody wants the session meanwhile. */
  async #pause(ms: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const until = performance.now() + ms;
    let timer = setTimeout(over.resolve, ms).unref();
    this.#wake = () => {
      clearTimeout(timer);
      const left = this.#isClosed ? 0 : Math.min(PATIENT_MS, until - performance.now());
      timer = setTimeout(over.resolve, Math.max(0, left)).unref();
    };
    await over.promise;
    this.#wake = undefined;
  }
}
