/** Whose code runs: a process, which may be paused or dead, the database, or the people outside. */
export type Owner = { readonly name: string; readonly isGone: boolean; readonly isPaused: boolean; readonly held: Event[] };

type Event = { at: number; order: number; owner: Owner; work: () => void; held?: Event[] };
type Turn = { owner: Owner; work: () => void };

const realTurn = globalThis.setImmediate;
const nothing = () => {};

/** Lets every promise go on that waits for nothing but other promises. */
const microtasks = () => new Promise<void>((resolve) => void realTurn(resolve));

/**
 * The time of a simulation. Events happen one after another, each at its moment; after each, everything goes on that does not wait for
 * time, until nothing moves any more. So the order of the events, which comes from the seed, decides everything, and a process is never
 * interrupted between two of them. What belongs to a paused process is held until that is resumed, and then happens in one turn of the
 * event loop, as what has come to its sockets does after SIGCONT. What belongs to a dead one never happens.
 */
export class Scheduler {
  #now = 0;
  #order = 0;
  #turns: Turn[] = [];
  readonly #events: Event[] = [];
  /** Whose code is running. */
  current: Owner;

  constructor(private readonly outside: Owner) {
    this.current = outside;
  }

  get now(): number {
    return this.#now;
  }

  /** Does the work after that many milliseconds; the function returned calls it off. */
  after(ms: number, owner: Owner, work: () => void): () => void {
    // To tenths of a millisecond, so that a history can be read.
    const at = this.#now + Math.max(0, Math.round(ms * 10)) / 10;
    const event = { at: Math.round(at * 10) / 10, order: this.#order++, owner, work };
    push(this.#events, event);
    return () => (event.work = nothing);
  }

  sleep(ms: number, owner: Owner = this.current): Promise<void> {
    return new Promise((resolve) => void this.after(ms, owner, resolve));
  }

  /** Does the work in the next turn of the event loop, as `setImmediate` does. */
  nextTurn(work: () => void): void {
    this.#turns.push({ owner: this.current, work });
  }

  /** Lets time pass until the promise settles. @throws when that takes longer than `withinMs` */
  async until<T>(promise: Promise<T>, withinMs: number): Promise<T> {
    let isSettled = false;
    const settled = () => (isSettled = true);
    promise.then(settled, settled);
    const deadline = this.#now + withinMs;
    await this.#run({ owner: this.outside, work: nothing });
    await this.#perform([], this.outside);
    while (!isSettled) {
      const event = pop(this.#events);
      if (!event || event.at > deadline) throw new Error(`nothing ends the simulation by ${deadline} ms`);
      this.#now = event.at;
      await this.#happen(event);
    }
    return promise;
  }

  /** Lets happen what was held while its process was paused. */
  release(owner: Owner): void {
    push(this.#events, { at: this.#now, order: this.#order++, owner, work: () => {}, held: owner.held.splice(0) });
  }

  async #happen(event: Event): Promise<void> {
    const { owner, work } = event;
    if (work === nothing || owner.isGone) return;
    if (owner.isPaused) owner.held.push(...(event.held ?? [event]));
    else await this.#perform(event.held ?? [event], owner);
  }

  async #perform(events: readonly Event[], owner: Owner): Promise<void> {
    for (const event of events) await this.#run({ owner, work: event.work });
    while (this.#turns.length > 0) for (const turn of this.#turns.splice(0)) await this.#run(turn);
    this.current = this.outside;
  }

  async #run({ owner, work }: Turn): Promise<void> {
    if (owner.isGone) return;
    this.current = owner;
    work();
    await microtasks();
  }
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Event[], event: Event): void {
  let i = heap.push(event) - 1;
  for (let parent = (i - 1) >> 1; i > 0 && isBefore(event, heap[parent]!); parent = (i - 1) >> 1) {
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = event;
}

function pop(heap: Event[]): Event | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (!last || heap.length === 0) return first;
  let i = 0;
  for (let child = 1; child < heap.length; child = 2 * i + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return first;
}
