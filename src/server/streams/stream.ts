/**
 * Streams: the events of an answer become frames for all who read it, each as fast as it can; equal requests of the same moment read one
 * answer (`resent.ts`). What an answer says is never decided here, and nothing is stored.
 */
import { toChatKitError, type ChatKitError } from "../../errors.ts";
import { applyUpdate } from "../../protocol/apply-update.ts";
import type { SentEvent } from "../../protocol/events.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import { serializeEvent, type Links } from "../../protocol/serialize.ts";
import { systemClock, type Clock } from "../clock.ts";
import { askedBy, type Asked, type Logger, type RequestContext } from "../context.ts";
import type { Fate, RequestNote } from "../request-note.ts";
import { eventsIn, type Burst } from "./burst.ts";
import { errorEvent } from "./error-event.ts";
import { Reader, type Source } from "./reader.ts";

type Events = AsyncGenerator<Burst<SentEvent>, void>;

type StreamInit = {
  logger: Logger;
  clock?: Clock;
  /** Equal for requests with the same body. */
  bodyHash: string;
  /** Identifies the request body, where the store is to recognise it when it is sent again to another process. */
  fingerprint?: string | undefined;
  /** Of the request that began it. */
  note?: RequestNote;
  /** What makes the URLs in items ones that the user can open; never rejects. Waited for together with the first event. */
  links?: Promise<Links | undefined> | undefined;
};

/**
 * One streaming operation under way: who asked, who reads, and how its answer is ended early. The next events are taken as soon as the
 * fastest reader asks for more, so that no reader waits for a slower one. Once nobody reads any more they are taken unasked.
 */
export class Stream<C extends RequestContext> implements Source {
  readonly logger: Logger;
  readonly bodyHash: string;
  readonly fingerprint: string | undefined;
  readonly note: RequestNote;
  readonly fate: Fate = {};
  readonly #clock: Clock;
  #links: Links | undefined;
  /** Undefined once the links are known. */
  #linking: Promise<Links | undefined> | undefined;
  readonly #controller = new AbortController();
  /** The readers, each with the time at which it began. */
  readonly #readers = new Map<Reader, number>();
  readonly #ended = Promise.withResolvers<void>();
  /** What a reader who joins later has missed: the last event of each item. Of an item not done yet `pending` has the newest state. */
  readonly #told = new Map<unknown, SentEvent>();
  #events: Events | undefined;
  /** Whether the next burst is being waited for. */
  #isAsked = false;
  #isOver = false;
  /** Whether events are taken although nobody reads. */
  #isDraining = false;
  /** Whether a reader was told that the answer failed, although it goes on (see `giveUp`). */
  isDetached = false;
  /** Whether the answer ends when its client leaves. True until the hook `getStreamOptions` has said so or otherwise. */
  allowCancel = true;
  /** The items begun and not done, in their newest state. */
  pending: ReadonlyMap<string, ThreadItem> = new Map();

  constructor(
    readonly context: C,
    { logger, clock = systemClock, bodyHash, fingerprint, note = {}, links }: StreamInit,
  ) {
    this.#linking = links;
    this.logger = logger;
    this.#clock = clock;
    this.bodyHash = bodyHash;
    this.fingerprint = fingerprint;
    this.note = note;
    if (note.threadId !== undefined) this.fate.threadId = note.threadId;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The fields of a log line that name the request and the thread. */
  get asked(): Asked & { thread_id?: string } {
    const { threadId } = this.fate;
    return { ...(threadId !== undefined && { thread_id: threadId }), ...askedBy(this.context) };
  }

  /** Resolves after the last event, also when nobody read it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Ends the answer. No reason means that the client has left. */
  abort(reason?: Error): void {
    this.#controller.abort(reason);
  }

  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  /** Sets the events, before anybody reads. */
  begin(events: Events): void {
    this.#events = events;
  }

  /**
   * The events as SSE frames (`data:` line and blank line, nothing else: the client knows no other field); a burst is one string. A
   * reader who joins later gets a summary first. Never throws: when a body breaks off, the client loses the event before. If the
   * reader leaves, the remaining events are still taken, so that all of the answer is stored.
   */
  read({ signal }: C, onEnd?: () => void, note: RequestNote = {}): AsyncGenerator<string, void> {
    note.answer = this.fate;
    return new Reader(this, signal, onEnd, note);
  }

  join(reader: Reader): string {
    let missed = "";
    for (const event of this.#told.values()) {
      const item = event.type === "thread.item.added" ? this.pending.get(event.item.id) : undefined;
      missed += frameOf(item ? { type: "thread.item.added", item } : event, this.#links);
    }
    if (this.#isOver) reader.end();
    else this.#readers.set(reader, this.#clock.now());
    return missed;
  }

  /** The last reader to leave ends the answer, unless it may not be cancelled. */
  async leave(reader: Reader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#isOver || this.isDetached || this.isRead) return;
    if (this.allowCancel) this.abort();
    const rest = this.#drain();
    if (this.signal.aborted) await rest;
    else this.context.waitUntil(rest);
  }

  /** Tells every reader who has been here since `since` or longer that the answer failed. The answer itself goes on and is stored. */
  giveUp(error: ChatKitError, since: number): void {
    for (const [reader, cameAt] of this.#readers) {
      if (cameAt > since) continue;
      this.isDetached = true;
      this.#readers.delete(reader);
      reader.note.code = error.code;
      reader.push(frameOf(errorEvent(error)));
      reader.end();
    }
    if (this.isDetached && !this.isRead) this.context.waitUntil(this.#drain());
  }

  ask(): void {
    if (this.#isAsked || this.#isOver || !this.#events) return;
    this.#isAsked = true;
    const next = this.#events.next();
    (this.#linking ? this.#withLinks(next, this.#linking) : next).then(this.#answer, this.#fail);
  }

  /** Both may wait for a database that is away: one after the other, the reader would be told of that too late. */
  async #withLinks<T>(next: Promise<T>, linking: Promise<Links | undefined>): Promise<T> {
    this.#linking = undefined;
    const [first, links] = await Promise.all([next, linking]);
    this.#links = links;
    return first;
  }

  readonly #answer = (next: IteratorResult<Burst<SentEvent>, void>): void => {
    this.#isAsked = false;
    if (next.done) return this.#end();
    const frames = this.#framesOf(next.value);
    let isWanted = this.#isDraining;
    for (const reader of this.#readers.keys()) {
      reader.push(frames);
      reader.wake();
      isWanted ||= reader.isWaiting;
    }
    if (isWanted) this.ask();
  };

  readonly #fail = (thrown: unknown): void => {
    const error = toChatKitError(thrown);
    this.fate.code = error.code;
    if (error.status >= 500) this.logger.error({ ...this.asked, code: error.code, err: thrown }, "a stream failed");
    const frame = this.#tell(errorEvent(error));
    for (const reader of this.#readers.keys()) reader.push(frame);
    this.#end();
  };

  #end(): void {
    this.#isOver = true;
    for (const reader of this.#readers.keys()) reader.end();
    this.#readers.clear();
    this.#ended.resolve();
  }

  #framesOf(burst: Burst<SentEvent>): string {
    let frames = "";
    try {
      for (const event of eventsIn(burst)) frames += this.#tell(event);
    } catch (error) {
      // An event that JSON cannot express, such as a bigint in the data of an effect. Unless the answer ends here, its thread stays taken.
      this.logger.error({ ...this.asked, err: error }, "an event could not be written");
      this.abort(toChatKitError(error));
    }
    return frames;
  }

  #tell(event: SentEvent): string {
    const frame = frameOf(event, this.#links);
    if (event.type === "error") this.fate.code ??= event.code;
    this.#remember(event);
    return frame;
  }

  #remember(event: SentEvent): void {
    if (event.type === "thread.item.updated") this.#update(event);
    else if (event.type === "thread.item.removed") this.#told.delete(event.item_id);
    else this.#told.set("item" in event ? event.item.id : event.type === "client_effect" ? event : event.type, event);
  }

  /** Updates an item that is already done; one that is not is updated in `pending`, by the pipeline. */
  #update({ item_id, update }: Extract<SentEvent, { type: "thread.item.updated" }>): void {
    const told = this.#told.get(item_id);
    if (told?.type === "thread.item.done" || told?.type === "thread.item.replaced") {
      this.#told.set(item_id, { ...told, item: applyUpdate(told.item, update) });
    }
  }

  /** Takes the remaining events when nobody reads any more, so that they are stored. */
  #drain(): Promise<void> {
    this.#isDraining = true;
    this.ask();
    return this.#ended.promise;
  }
}

/** Empty for an event that clients must not see. */
function frameOf(event: SentEvent, links?: Links): string {
  const json = serializeEvent(event, links);
  return json === null ? "" : `data: ${json}\n\n`;
}
