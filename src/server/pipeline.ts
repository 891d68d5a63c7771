import { ChatKitError } from "../errors.ts";
import { applyUpdate } from "../protocol/apply-update.ts";
import type { SentEvent, ThreadStreamEvent } from "../protocol/events.ts";
import { isHidden, type ThreadItem } from "../protocol/items.ts";
import { wireThread } from "../protocol/serialize.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { Store } from "../store/store.ts";
import { burstsOf, eventsIn, type Burst } from "./burst.ts";
import type { Logger } from "./context.ts";
import { completeEvent, completeItem, completeUpdate } from "./draft.ts";
import { errorEvent, hookErrorEvent } from "./error-event.ts";
import { INTERRUPTED, Interruptible } from "./interrupt.ts";
import type { KeptRun } from "./run-keeper.ts";
import type { ThreadWatch } from "./thread-watch.ts";

type PipelineInit<C> = {
  store: Store<C>;
  logger: Logger;
  context: C;
  watch: ThreadWatch;
  kept: KeptRun<C>;
  /** Ends the hook; its reason is a ChatKitError, or undefined when the client has gone. */
  signal: AbortSignal;
  hook: () => AsyncIterable<ThreadStreamEvent>;
  onCancel: (pending: ThreadItem[]) => Promise<void>;
  onCutOff: (pending: ThreadItem[]) => Promise<void>;
};

type Events = AsyncGenerator<Burst<SentEvent>, void>;

/** What a hook yields, stored before it is announced: whatever a client was told is done survives the process. */
export class Pipeline<C> {
  readonly #init: PipelineInit<C>;
  /** Hidden items seen in this run: nothing about them may leave. */
  readonly #hidden = new Set<string>();

  constructor(init: PipelineInit<C>) {
    this.#init = init;
  }

  /** To be drained to its end, also when nobody listens any more. */
  async *events(): Events {
    const { signal, logger, kept } = this.#init;
    const waiting = new Interruptible(signal);
    let iterator: AsyncIterator<Burst<ThreadStreamEvent>> | undefined;
    try {
      iterator = burstsOf(this.#init.hook())[Symbol.asyncIterator]();
      for (;;) {
        const next = await waiting.wait(iterator.next());
        if (next === INTERRUPTED || signal.aborted) return yield* this.#interrupted(iterator);
        if (next.done) break;
        yield* this.#announced(next.value);
        if (signal.aborted) return yield* this.#interrupted(iterator);
      }
    } catch (thrown) {
      if (signal.aborted) return yield* this.#interrupted(iterator);
      const { event, onPurpose } = hookErrorEvent(thrown);
      if (!onPurpose) logger.error({ err: thrown, thread_id: kept.run.threadId }, "an answer failed");
      end(iterator);
      yield event;
    } finally {
      waiting.release();
    }
    yield* this.#threadChanges();
  }

  /** Deltas go on together, with nothing awaited; what has to be stored goes alone, after those before it. */
  async *#announced(burst: Burst<ThreadStreamEvent>): Events {
    const { watch, signal, kept } = this.#init;
    let ready: SentEvent[] = [];
    try {
      for (const event of eventsIn(burst)) {
        const isUpdate = event.type === "thread.item.updated";
        // One to a stored item asks the store. Whoever begins to read along meanwhile must not hear twice of what waits here.
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
      // The text before what failed is as good as if it had come alone.
      if (ready.length > 0) yield ready;
      throw thrown;
    }
    if (ready.length > 0) yield ready;
  }

  /** The one event to send for what the hook yielded; undefined when it stays here. */
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
    const { kept, store, context } = this.#init;
    const write = type === "thread.item.done" ? "addThreadItem" : "saveItem";
    await store[write](kept.run.threadId, item, context, kept.run);
    kept.pending.delete(item.id);
    return this.#visible(item.id, { type, item });
  }

  async #remove(itemId: string): Promise<SentEvent | undefined> {
    const { kept, store, context } = this.#init;
    await store.deleteThreadItem(kept.run.threadId, itemId, context, kept.run);
    kept.pending.delete(itemId);
    return this.#visible(itemId, { type: "thread.item.removed", item_id: itemId });
  }

  #update(event: Extract<ThreadStreamEvent, { type: "thread.item.updated" }>): SentEvent | undefined | Promise<SentEvent | undefined> {
    const { kept } = this.#init;
    const sent = { type: event.type, item_id: event.item_id, update: completeUpdate(event.update) };
    const pending = kept.pending.get(event.item_id);
    if (!pending) return this.#updateStored(sent);
    kept.pending.set(event.item_id, applyUpdate(pending, sent.update));
    kept.dirty = true;
    return this.#visible(event.item_id, sent);
  }

  /** An update to an item that is stored already is stored too: the reference loses it on reload. */
  async #updateStored(sent: Extract<SentEvent, { type: "thread.item.updated" }>): Promise<SentEvent | undefined> {
    const { kept, store, context } = this.#init;
    const stored = await store.loadItem(kept.run.threadId, sent.item_id, context).catch(notFound);
    if (stored) {
      if (isHidden(stored)) return undefined;
      const item = applyUpdate(stored, sent.update);
      if (item !== stored) await store.saveItem(kept.run.threadId, item, context, kept.run);
    }
    return this.#visible(sent.item_id, sent);
  }

  async *#threadChanges(): Events {
    const { watch, store, context } = this.#init;
    const change = watch.changes();
    if (!change) return;
    const saved: ThreadMetadata = await store.updateThread(watch.copy.id, change, context);
    yield { type: "thread.updated", thread: wireThread(saved) };
  }

  /** Stops the hook without waiting for it, and keeps what the person has already read. */
  async *#interrupted(iterator: AsyncIterator<unknown> | undefined): Events {
    const { signal, kept, onCancel, onCutOff, logger } = this.#init;
    const cause: unknown = signal.reason;
    end(iterator);
    try {
      if (!(cause instanceof ChatKitError)) await onCancel([...kept.pending.values()]);
      else if (cause.code !== "conflict") await onCutOff([...kept.pending.values()]);
    } catch (error) {
      logger.error({ err: error, thread_id: kept.run.threadId }, "a partial answer could not be stored");
    }
    if (cause instanceof ChatKitError) yield errorEvent(cause);
    yield* this.#threadChanges();
  }
}

// A generator parked on a promise settles its return() only later, so nobody waits for it; what it throws then is nobody's.
function end(iterator: AsyncIterator<unknown> | undefined): void {
  iterator?.return?.().catch(() => {});
}

function notFound(error: unknown): undefined {
  if (error instanceof ChatKitError && error.status === 404) return undefined;
  throw error;
}
