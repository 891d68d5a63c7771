/**
 * Answers: a hook is called (`respond.ts`), and what it yields is completed (`draft.ts`), stored and handed on. A reader is never told that
 * an item is done before it is stored.
 */
import { ChatKitError, itemNotFound, NotFoundError } from "../../errors.ts";
import { applyUpdate } from "../../protocol/apply-update.ts";
import type { SentEvent, ThreadStreamEvent } from "../../protocol/events.ts";
import { isHidden, type ThreadItem } from "../../protocol/items.ts";
import { wireThread } from "../../protocol/serialize.ts";
import { LostRun } from "../../store/lost-run.ts";
import { merge } from "../../store/merge.ts";
import type { Store } from "../../store/store.ts";
import type { Logger, RequestContext } from "../context.ts";
import type { KeptRun } from "../runs/kept-run.ts";
import { isAway, type RunKeeper } from "../runs/run-keeper.ts";
import { burstsOf, eventsIn, type Burst } from "../streams/burst.ts";
import { errorEvent, hookErrorEvent } from "../streams/error-event.ts";
import { completeEvent, completeItem, completeUpdate } from "./draft.ts";
import { INTERRUPTED, Interruptible } from "./interrupt.ts";
import type { ThreadWatch } from "./thread-watch.ts";

type PipelineInit<C extends RequestContext> = {
  store: Store<C>;
  logger: Logger;
  /** Names the run: the store refuses what is written with it once another process has taken over the thread. */
  context: C;
  watch: ThreadWatch;
  /** Its signal ends the hook. The reason is a ChatKitError; anything else means that the client has left. */
  kept: KeptRun<C>;
  runs: RunKeeper<C>;
  hook: () => AsyncIterable<ThreadStreamEvent>;
  onCancel: (pending: ThreadItem[]) => Promise<void>;
};

type Events = AsyncGenerator<Burst<SentEvent>, void>;

/** Takes what a hook yields, and stores it before it is sent: what a client was told is done survives a crash. */
export class Pipeline<C extends RequestContext> {
  readonly #init: PipelineInit<C>;
  /** Ids of the hidden items of this run: clients must not hear of them. */
  readonly #hidden = new Set<string>();

  constructor(init: PipelineInit<C>) {
    this.#init = init;
  }

  /** Must be read to its end, also when no client listens any more: reading is what stores. */
  async *events(): Events {
    const { kept, logger } = this.#init;
    // Nobody wants it any more: the model is not asked.
    if (kept.signal.aborted) return yield* this.#interrupted(undefined);
    const waiting = new Interruptible(kept.signal);
    let iterator: AsyncIterator<Burst<ThreadStreamEvent>> | undefined;
    try {
      iterator = burstsOf(this.#init.hook())[Symbol.asyncIterator]();
      for (;;) {
        if (kept.full) await waiting.wait(kept.full.promise);
        const next = await waiting.wait(iterator.next());
        if (next === INTERRUPTED || kept.signal.aborted) return yield* this.#interrupted(iterator);
        if (next.done) break;
        yield* this.#announced(next.value);
        if (kept.signal.aborted) return yield* this.#interrupted(iterator);
      }
      yield* this.#threadChanges();
    } catch (thrown) {
      if (await this.#isOver(thrown)) kept.abort(thrown as ChatKitError);
      if (kept.signal.aborted) return yield* this.#interrupted(iterator);
      const { event, code, isExpected } = hookErrorEvent(thrown);
      kept.stream.fate.code = code;
      if (!isExpected) logger.error({ ...kept.stream.asked, code, err: thrown }, "an answer failed");
      end(iterator);
      yield event;
      // What the hook changed on the thread before it failed is saved all the same.
      const updated = await this.#storeLast(() => this.#savedChange());
      if (updated) yield updated;
    } finally {
      waiting.release();
    }
  }

  /** Passes deltas on together and without waiting. An event that has to be stored is sent alone, after the deltas before it. */
  async *#announced(burst: Burst<ThreadStreamEvent>): Events {
    const { watch, kept } = this.#init;
    const { signal } = kept;
    let ready: SentEvent[] = [];
    try {
      for (const event of eventsIn(burst)) {
        const isUpdate = event.type === "thread.item.updated";
        // An update to a stored item waits for the store. A reader may join meanwhile, so what is ready has to be sent before.
        const isDelta = isUpdate && kept.pending.has(event.item_id);
        if (!isDelta && ready.length > 0) {
          yield ready;
          ready = [];
        }
        if (signal.aborted) return;
        const taken = this.#take(event);
        const sent = taken instanceof Promise ? await taken : taken;
        if (sent) ready.push(sent);
        if (isUpdate && !watch.looksTouched) continue;
        yield ready;
        ready = [];
        yield* this.#threadChanges();
      }
    } catch (thrown) {
      // The text before the event that failed is good, and is sent.
      if (ready.length > 0) yield ready;
      throw thrown;
    }
    if (ready.length > 0) yield ready;
  }

  /** The event to send for what the hook yielded; undefined when clients must not see it. */
  #take(event: ThreadStreamEvent): SentEvent | undefined | Promise<SentEvent | undefined> {
    switch (event.type) {
      case "thread.item.updated":
        return this.#update(event);
      case "thread.item.added":
        return this.#add(this.#complete(event.item));
      case "thread.item.done":
      case "thread.item.replaced":
        return this.#store(event.type, this.#complete(event.item));
      case "thread.item.removed":
        return this.#remove(event.item_id);
      default:
        return completeEvent(event);
    }
  }

  #complete(draft: Parameters<typeof completeItem>[0]): ThreadItem {
    const { watch, store, context } = this.#init;
    const item = completeItem(draft, watch.copy, store, context);
    if (isHidden(item)) this.#hidden.add(item.id);
    return item;
  }

  #visible(itemId: string, event: SentEvent): SentEvent | undefined {
    return this.#hidden.has(itemId) ? undefined : event;
  }

  #add(item: ThreadItem): SentEvent | undefined {
    const { kept } = this.#init;
    kept.pending.set(item.id, item);
    kept.dirty = true;
    return this.#visible(item.id, { type: "thread.item.added", item });
  }

  async #store(type: "thread.item.done" | "thread.item.replaced", item: ThreadItem): Promise<SentEvent | undefined> {
    const { kept, store, context, runs } = this.#init;
    const { threadId } = kept.run;
    if (type === "thread.item.done") await runs.write(kept, () => store.addThreadItem(threadId, item, context));
    else if (!(await this.#isReplaced(item))) return undefined;
    kept.pending.delete(item.id);
    runs.stored(kept);
    return this.#visible(item.id, { type, item });
  }

  /** False for a clicked widget that is gone: a click that is answered anew may have removed it the first time, and it must not return. */
  async #isReplaced(item: ThreadItem): Promise<boolean> {
    const { kept, store, context, runs } = this.#init;
    const saved = runs.write(kept, () => store.saveItem(kept.run.threadId, item, context)).then(() => true);
    return Boolean(await (item.id === context.sender?.id ? saved.catch(itemNotFound) : saved));
  }

  async #remove(itemId: string): Promise<SentEvent | undefined> {
    const { kept, store, context, runs } = this.#init;
    // First: should this write fail because the process must end, what is stored of the answer then has to be without it.
    kept.pending.delete(itemId);
    // Alone: a checkpoint written at the same time would bring the item back.
    await runs.writeAlone(kept, () => store.deleteThreadItem(kept.run.threadId, itemId, context));
    return this.#visible(itemId, { type: "thread.item.removed", item_id: itemId });
  }

  #update(event: Extract<ThreadStreamEvent, { type: "thread.item.updated" }>): SentEvent | undefined | Promise<SentEvent | undefined> {
    const { kept } = this.#init;
    const sent = { type: event.type, item_id: event.item_id, update: completeUpdate(event.update) };
    const pending = kept.pending.get(event.item_id);
    if (!pending) return this.#updateStored(sent);
    kept.pending.set(event.item_id, applyUpdate(pending, sent.update));
    // Of anything else a checkpoint stores only that it was begun.
    kept.dirty ||= pending.type === "assistant_message";
    return this.#visible(event.item_id, sent);
  }

  /** Stores an update to an item that is stored already. (OpenAI's Python server does not, and loses it on reload.) */
  async #updateStored(sent: Extract<SentEvent, { type: "thread.item.updated" }>): Promise<SentEvent | undefined> {
    const { kept, store, context, runs } = this.#init;
    let tried: { from: ThreadItem; to: ThreadItem } | undefined;
    const change = (stored: ThreadItem): ThreadItem => {
      if (isHidden(stored)) return stored;
      // Called again when a write failed and may have been stored nevertheless. If it was, what others have changed since is all that
      // has changed.
      if (tried && Bun.deepEquals(merge(tried.from, stored, tried.to), { merged: stored, isClean: true })) return stored;
      tried = { from: stored, to: applyUpdate(stored, sent.update) };
      return tried.to;
    };
    const stored = await runs.write(kept, () => store.updateItem(kept.run.threadId, sent.item_id, change, context)).catch(itemNotFound);
    return stored && isHidden(stored) ? undefined : this.#visible(sent.item_id, sent);
  }

  async *#threadChanges(): Events {
    const updated = await this.#savedChange();
    if (updated) yield updated;
  }

  async #savedChange(): Promise<SentEvent | undefined> {
    const { watch, store, context, runs, kept } = this.#init;
    const change = watch.changes();
    if (!change) return undefined;
    const saved = await runs.write(kept, () => store.updateThread(watch.copy.id, change, context));
    return { type: "thread.updated", thread: wireThread(saved) };
  }

  /** Whether this run may no longer write to the thread: another process has taken it over, or somebody has deleted it. */
  async #isOver(thrown: unknown): Promise<boolean> {
    if (thrown instanceof LostRun) return true;
    if (!(thrown instanceof NotFoundError) || thrown.code !== "thread_not_found") return false;
    const { store, kept, context } = this.#init;
    // Perhaps the hook looked for another thread, and that is the one which does not exist.
    return (await store.leaseLeft(kept.run, context)) === null;
  }

  /** Stops the hook without waiting for it, and stores what the person has already read, if this run may still write to the thread. */
  async *#interrupted(iterator: AsyncIterator<unknown> | undefined): Events {
    const { kept, logger, store, onCancel } = this.#init;
    const cause: unknown = kept.signal.reason;
    end(iterator);
    // The thread was deleted: nobody reads its answer any more.
    if (cause instanceof ChatKitError && cause.code === "thread_not_found") return;
    if (cause instanceof LostRun) {
      kept.stream.fate.code = cause.code;
      logger.warn(kept.stream.asked, "another process has taken over the thread of an answer");
      return yield errorEvent(cause);
    }
    const wasCutOff = cause instanceof ChatKitError;
    if (wasCutOff) kept.stream.fate.code = cause.code;
    if (!wasCutOff) await this.#storeLast(() => onCancel([...kept.pending.values()]));
    const updated = await this.#storeLast(() => this.#savedChange());
    // Last, since it frees the thread.
    if (wasCutOff) await this.#storeLast(() => store.cutOffRun(kept.run, kept.left(), kept.context));
    if (wasCutOff) yield errorEvent(cause);
    if (updated) yield updated;
  }

  /**
   * Stores what is left of an answer that was ended. A failure is logged only: the reader has already been told how it ended. If the store
   * is away and this process cannot wait for it, the run stays open, so that another process stores what its last checkpoint holds.
   */
  async #storeLast<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { runs, kept, logger } = this.#init;
    try {
      return await runs.write(kept, work);
    } catch (error) {
      if (isAway(error)) kept.isAbandoned = true;
      if (!(await this.#isOver(error))) logger.error({ ...kept.stream.asked, err: error }, "a partial answer could not be stored");
      return undefined;
    }
  }
}

// A generator that awaits something settles its return() only after that, perhaps never. So nobody waits for it or reads its error.
function end(iterator: AsyncIterator<unknown> | undefined): void {
  iterator?.return?.().catch(() => {});
}
