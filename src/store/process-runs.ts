import { ChatKitError, NotFoundError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import { AlreadyOpen } from "./already-open.ts";
import { LostRun } from "./lost-run.ts";
import { runOn, type IsDead, type Run, type RunInput, type RunOpening, type UserScope } from "./store.ts";

/** What is known of a run that no longer holds its thread. */
export type DeadRun<C> = {
  run: Run;
  pending: ThreadItem[];
  context: C;
  input: RunInput | undefined;
  /** The newest item at its last checkpoint, if known. If it is still the newest, the answer is not complete. */
  after: string | undefined;
  /** The state of a paused agent that it had taken up. */
  state: string | undefined;
};
/** What is known of a run when it is opened. */
type Opened = Pick<RunOpening, "fingerprint" | "input"> & { messageId?: string | undefined; after?: string | undefined };
type Held<C> = { run: Run; expiresAt: number; pending: string; context: C; by: Opened; state?: string };

/** The runs of a store that only one process uses. Every method is synchronous, and so atomic. */
export class ProcessRuns<C extends UserScope> {
  readonly #held = new Map<string, Held<C>>();
  /** Runs that are not closed yet although their thread was deleted. */
  readonly #orphaned = new Set<string>();

  /** @param now the clock for leases, in milliseconds; must not be one that can be set */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Takes the thread. Returns the dead run that held it until now, if there was one: the caller has to store what it left.
   * @throws ChatKitError thread_busy; AlreadyOpen
   */
  take(run: Run, context: C, by: Opened = {}, isDead: IsDead = () => true): DeadRun<C> | null {
    const key = keyOf(run.threadId, context);
    const same = by.fingerprint === undefined ? undefined : this.#openedBy(by.fingerprint, context);
    if (same && same.run.id !== run.id) throw new AlreadyOpen(same.run, same.by.messageId ?? "");
    const holder = this.#held.get(key);
    const isOther = holder !== undefined && holder.run.id !== run.id;
    if (isOther && !(this.#hasExpired(holder) && isDead(holder.run.id))) throw new ChatKitError("thread_busy");
    this.#held.set(key, { run, expiresAt: this.now() + run.leaseMs, pending: "[]", context, by });
    return isOther ? dead(holder) : null;
  }

  /** Has to be called before anything is written to that thread. @throws LostRun, or NotFoundError when the thread is gone */
  require(threadId: string, context: C): void {
    const run = runOn(threadId, context);
    if (run) this.#holder(run, context);
  }

  /** @throws LostRun, or NotFoundError when the thread is gone */
  recordInput(run: Run, input: RunInput, context: C): void {
    const holder = this.#holder(run, context);
    holder.by = { ...holder.by, input };
  }

  /** @throws LostRun, or NotFoundError when the thread is gone */
  checkpoint(run: Run, pending: ThreadItem[] | null, context: C, after?: string): void {
    const holder = this.#holder(run, context);
    if (pending) holder.pending = JSON.stringify(pending);
    holder.expiresAt = this.now() + run.leaseMs;
    if (after !== undefined) holder.by = { ...holder.by, after };
  }

  /** Removes a deleted item from the checkpoint, which could bring it back. */
  forgetItem(threadId: string, itemId: string, context: C): void {
    const holder = this.#held.get(keyOf(threadId, context));
    if (!holder?.pending.includes(itemId)) return;
    const pending = JSON.parse(holder.pending) as ThreadItem[];
    holder.pending = JSON.stringify(pending.filter(({ id }) => id !== itemId));
  }

  /** Frees the thread. Returns what the run left, or null when it did not hold the thread any more. */
  release(run: Run, context: C): DeadRun<C> | null {
    const key = keyOf(run.threadId, context);
    this.#orphaned.delete(run.id);
    const holder = this.#held.get(key);
    if (holder?.run.id !== run.id) return null;
    this.#held.delete(key);
    return dead(holder);
  }

  /** Ends the run of a thread that was deleted. */
  forget(threadId: string, context: UserScope): void {
    const key = keyOf(threadId, context);
    const holder = this.#held.get(key);
    if (!holder) return;
    this.#held.delete(key);
    this.#orphaned.add(holder.run.id);
  }

  isHeld(threadId: string, context: UserScope): boolean {
    return this.#held.has(keyOf(threadId, context));
  }

  leaseLeft({ id, threadId }: Pick<Run, "id" | "threadId">, context: C): number | null {
    const holder = this.#held.get(keyOf(threadId, context));
    return holder?.run.id === id ? Math.max(0, holder.expiresAt - this.now()) : null;
  }

  /** Remembers the state that a run has taken up, so that it is not lost if that run dies. */
  keepState(threadId: string, state: string, context: C): void {
    const run = runOn(threadId, context);
    if (run) this.#holder(run, context).state = state;
  }

  expired(): DeadRun<C>[] {
    return [...this.#held.values()].filter((holder) => this.#hasExpired(holder)).map(dead);
  }

  #openedBy(fingerprint: string, { userId }: C): Held<C> | undefined {
    return this.#held.values().find((holder) => holder.by.fingerprint === fingerprint && holder.context.userId === userId);
  }

  #holder(run: Run, context: C): Held<C> {
    const holder = this.#held.get(keyOf(run.threadId, context));
    if (holder?.run.id === run.id) return holder;
    throw this.#orphaned.has(run.id) ? new NotFoundError("thread", run.threadId) : new LostRun();
  }

  #hasExpired({ expiresAt }: Held<C>): boolean {
    return expiresAt <= this.now();
  }
}

function dead<C>({ run, pending, context, by, state }: Held<C>): DeadRun<C> {
  return { run, pending: JSON.parse(pending) as ThreadItem[], context, input: by.input, after: by.after, state };
}

function keyOf(threadId: string, { userId }: UserScope): string {
  return JSON.stringify([userId, threadId]);
}
