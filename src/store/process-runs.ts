import { ChatKitError } from "../errors.ts";
import type { ThreadItem } from "../protocol/items.ts";
import { AlreadyOpen } from "./already-open.ts";
import type { Run, UserScope } from "./store.ts";

/** A run whose lease has expired, as it was when its owner was last heard of. */
export type DeadRun<C> = { run: Run; pending: ThreadItem[]; context: C };
/** What tells the body that opened a run when it is sent again. */
type OpenedBy = { fingerprint?: string | undefined; messageId?: string | undefined };
type Held<C> = { run: Run; expiresAt: number; pending: string; context: C; by: OpenedBy };

/** Runs of one process: enough for a store that only one process uses. Nothing here awaits, so that every step is atomic. */
export class ProcessRuns<C extends UserScope> {
  readonly #held = new Map<string, Held<C>>();

  /**
   * Takes the thread. Answers the dead run that held it until now, whose items are for the taker to store.
   * @throws ChatKitError thread_busy; AlreadyOpen
   */
  take(run: Run, context: C, by: OpenedBy = {}): DeadRun<C> | null {
    const key = keyOf(run.threadId, context);
    const same = by.fingerprint === undefined ? undefined : this.#openedBy(by.fingerprint, context);
    if (same && same.run.id !== run.id) throw new AlreadyOpen(same.run, same.by.messageId ?? "");
    const holder = this.#held.get(key);
    if (holder && holder.run.id !== run.id && isAlive(holder)) throw new ChatKitError("thread_busy");
    this.#held.set(key, { run, expiresAt: Date.now() + run.leaseMs, pending: "[]", context, by });
    return holder && holder.run.id !== run.id ? dead(holder) : null;
  }

  /** @throws ChatKitError conflict when the run no longer holds its thread */
  require(run: Run, context: C): void {
    this.#holder(run, context);
  }

  /** @throws ChatKitError conflict */
  checkpoint(run: Run, pending: ThreadItem[], context: C): void {
    const holder = this.#holder(run, context);
    holder.pending = JSON.stringify(pending);
    holder.expiresAt = Date.now() + run.leaseMs;
  }

  /** An expired run stays, for what it left has to be stored first. */
  release(run: Run, context: C): void {
    const key = keyOf(run.threadId, context);
    const holder = this.#held.get(key);
    if (holder?.run.id === run.id && isAlive(holder)) this.#held.delete(key);
  }

  /** Whatever its state: for a thread that was deleted. */
  forget(threadId: string, context: UserScope): void {
    this.#held.delete(keyOf(threadId, context));
  }

  has({ id, threadId }: Pick<Run, "id" | "threadId">, context: C): boolean {
    return this.#held.get(keyOf(threadId, context))?.run.id === id;
  }

  expired(): DeadRun<C>[] {
    return [...this.#held.values()].filter((holder) => !isAlive(holder)).map(dead);
  }

  #openedBy(fingerprint: string, { userId }: C): Held<C> | undefined {
    return this.#held.values().find((holder) => holder.by.fingerprint === fingerprint && holder.context.userId === userId);
  }

  #holder(run: Run, context: C): Held<C> {
    const holder = this.#held.get(keyOf(run.threadId, context));
    if (holder?.run.id !== run.id || !isAlive(holder)) throw lostLease();
    return holder;
  }
}

/** What a run gets that writes after its lease was lost. */
export function lostLease(): ChatKitError {
  return new ChatKitError("conflict", { message: "This answer was interrupted.", allowRetry: true });
}

function isAlive({ expiresAt }: Held<unknown>): boolean {
  return expiresAt > Date.now();
}

function dead<C>({ run, pending, context }: Held<C>): DeadRun<C> {
  return { run, pending: JSON.parse(pending) as ThreadItem[], context };
}

function keyOf(threadId: string, { userId }: UserScope): string {
  return JSON.stringify([userId, threadId]);
}
