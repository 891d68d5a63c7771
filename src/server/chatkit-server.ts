/**
 * The server: one function for each operation (`ops/`), and the hooks that a developer's own server overrides. While an answer is written,
 * its run holds the thread (`runs/`); its events are stored before they are sent (`answer/`) to those who read it (`streams/`). It never
 * knows HTTP, a database or a model, only interfaces to them.
 */
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import { ChatKitError, CustomStreamError, RequestError } from "../errors.ts";
import type { Action } from "../protocol/actions.ts";
import type { StreamOptions, ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItem, UserMessageItem, WidgetItem } from "../protocol/items.ts";
import type { BodyLimits } from "../protocol/body-limits.ts";
import { parseRequest } from "../protocol/parse.ts";
import { isStreaming } from "../protocol/requests.ts";
import { serializeAnswer } from "../protocol/serialize.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { FeedbackKind, Store, UserScope } from "../store/store.ts";
import { auditTo, type Audit } from "./audit.ts";
import { storeCancelled } from "./answer/cancel.ts";
import { systemClock, type Clock } from "./clock.ts";
import type { Logger, RequestContext } from "./context.ts";
import { answered, streamed } from "./dispatch.ts";
import type { AudioInput, Hooks, Transcriber } from "./hooks.ts";
import { inItsPlace } from "./limits/answer-places.ts";
import { Limits } from "./limits/limits.ts";
import { fingerprint, Resent } from "./streams/resent.ts";
import type { RequestNote } from "./request-note.ts";
import { NonStreamingResult, StreamingResult } from "./result.ts";
import { RunKeeper } from "./runs/run-keeper.ts";
import { Stream } from "./streams/stream.ts";

/** What a server is built from. */
export type Ports<C extends RequestContext = RequestContext> = {
  /** A store of your own may want more of a context than `{ userId }`; then pass it more. */
  store: Store<UserScope>;
  attachmentStore?: AttachmentStore<C>;
  logger: Logger;
  /** The address in every URL handed out. */
  publicUrl: string;
  /** The context of a request to a route of your own. */
  requestContext(request: Request): Promise<C>;
  server(): ChatKitServer<C>;
  /** How long a thread stays taken after its process has died, in milliseconds. @default 15000 */
  leaseMs?: number;
  /** The runs of this process, where several servers share a store. @default the server's own */
  runs?: RunKeeper<C>;
  /** @default the system's */
  clock?: Clock;
  /** The model that is to name new threads, where one is configured; an `AgentServer` does so by itself. */
  titleModel?: string;
  /** Turns speech into text. @default dictation is not implemented */
  transcriber?: Transcriber;
};

type ProcessOptions = BodyLimits & {
  /** @default none */
  limits?: Limits;
  /** Filled in with what becomes known of the request: for a log line of your own. */
  note?: RequestNote;
  /** Called when the body is not needed any more, which may be long before there is an answer. */
  onBodyRead?: () => void;
};

const NO_LIMITS = new Limits();
/** In characters. No id of this server is longer; a client may send what it likes. */
const MAX_LOGGED_ID = 100;

/**
 * A ChatKit backend: subclass it and write `respond`. The other hooks have defaults. The names are the Python SDK's.
 *
 * `thread` in a hook is the caller's own copy: what a hook changes on it is saved field by field and announced. Items a hook
 * yields may leave out `id`, `thread_id` and `created_at`. What is yielded after an abort is dropped.
 *
 * @example
 * class Echo extends ChatKitServer {
 *   async *respond(thread, message) {
 *     yield assistantMessage("Hello.");
 *   }
 * }
 */
export abstract class ChatKitServer<C extends RequestContext = RequestContext> implements Hooks<C> {
  readonly store: Store<UserScope>;
  readonly attachmentStore?: AttachmentStore<C>;
  readonly logger: Logger;
  /** Logs what an operator may have to account for later. */
  readonly audit: Audit;
  readonly leaseMs: number;
  readonly clock: Clock;
  /** The runs of this process. */
  readonly runs: RunKeeper<C>;
  readonly #resent = new Resent<C>();
  readonly #transcriber: Transcriber | undefined;

  constructor(ports: Ports<C>) {
    this.store = ports.store;
    if (ports.attachmentStore) this.attachmentStore = ports.attachmentStore;
    this.#transcriber = ports.transcriber;
    this.logger = ports.logger;
    this.audit = auditTo(ports.logger);
    this.leaseMs = ports.leaseMs ?? 15_000;
    this.clock = ports.clock ?? systemClock;
    // An agent module may bring a store of its own: the keeper of another store cannot look after its runs.
    const shared = ports.runs?.isFor(ports.store) ? ports.runs : undefined;
    this.runs = shared ?? new RunKeeper<C>(ports.store, ports.logger, { leaseMs: this.leaseMs, clock: this.clock });
  }

  /** Answers a message; `inputUserMessage` is null after a client tool's output or a structured input. */
  abstract respond(thread: ThreadMetadata, inputUserMessage: UserMessageItem | null, context: C): AsyncIterable<ThreadStreamEvent>;

  /** Answers a click in a widget or on the page with a stream. Default: an error that names the action. */
  action(_thread: ThreadMetadata, action: Action, _sender: WidgetItem | null, _context: C): AsyncIterable<ThreadStreamEvent> {
    throw new CustomStreamError(`Nothing here answers the action ${action.type}.`);
  }

  /**
   * Answers a click at once, with the item to show instead of the widget; the hook itself stores it. When somebody else changes the same
   * part of the widget meanwhile, the hook is called again with the widget as it is then. Default: an error that names the action.
   */
  async syncAction(
    _thread: ThreadMetadata,
    action: Action,
    _sender: WidgetItem | null,
    _context: C,
  ): Promise<{ updated_item?: ThreadItem }> {
    throw new RequestError(`Nothing here answers the action ${action.type}.`);
  }

  /** A thumb up or down on items of a thread. Default: stored; the last word on an item wins. */
  async addFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void> {
    await this.store.saveFeedback(threadId, itemIds, kind, context);
  }

  /** Speech to text. Default: by the transcriber of the ports, if there is one. */
  async transcribe(audio: AudioInput, context: C): Promise<{ text: string }> {
    if (this.#transcriber) return this.#transcriber(audio, context);
    throw new ChatKitError("not_implemented", { message: "This server does not transcribe speech: set CHATKIT_TRANSCRIBE_MODEL, or override transcribe()." });
  }

  /** Whether the client may stop the answer. With false, a client that leaves does not end it either. Default: it may. */
  getStreamOptions(_thread: ThreadMetadata, _context: C): StreamOptions {
    return { allow_cancel: true };
  }

  /** Called when the client has left. Default: stores what could be read of the answer, and a hidden note for the model. */
  async handleStreamCancelled(thread: ThreadMetadata, pendingItems: ThreadItem[], context: C): Promise<void> {
    await storeCancelled(this.store, thread, pendingItems, context);
  }

  /**
   * Parses one request body and answers it; for use under any HTTP framework.
   * @throws ChatKitError when the request is refused outside of a stream: answer with its `status` and `errorBody`
   */
  async process(body: string | Uint8Array, context: C, options: ProcessOptions = {}): Promise<StreamingResult | NonStreamingResult> {
    const asked = await parseRequest(body, options);
    const { limits = NO_LIMITS, note = {}, onBodyRead } = options;
    note.operation = asked.type;
    if ("thread_id" in asked.params) note.threadId = asked.params.thread_id.slice(0, MAX_LOGGED_ID);
    if (!isStreaming(asked)) {
      onBodyRead?.();
      return new NonStreamingResult(asked.type, serializeAnswer(await answered(this, asked, context)));
    }
    const inPlace = (begins: () => boolean, frames: (leave: () => void) => AsyncGenerator<string, void>) => {
      const take = () => limits.answer(context.userId, begins() ? { newThread: asked.type === "threads.create" } : undefined);
      return new StreamingResult(asked.type, inItsPlace(take, frames, context, this.audit, note));
    };
    const going = asked.type === "threads.retry_after_item" && this.runs.detached(asked.params.thread_id, asked.params.item_id, context);
    if (going) return inPlace(() => false, (leave) => going.read(context, leave, note));
    // Without the database there are none, but then there is no answer either.
    const links = this.attachmentStore?.links?.(context).catch(() => undefined);
    const bodyHash = new Bun.CryptoHasher("sha256").update(body).digest("base64");
    const { key, isSafeAcross } = fingerprint(asked, bodyHash, context);
    const { logger, clock } = this;
    const stream = new Stream(context, { logger, clock, bodyHash, note, links, fingerprint: isSafeAcross ? key : undefined });
    stream.begin(streamed(this, stream, asked));
    // Two equal requests for a new thread may well be two threads: nothing in them says that one was sent again.
    const joinedBy = asked.type === "threads.create" ? undefined : key;
    return inPlace(() => !this.#resent.joins(joinedBy), (leave) => this.#resent.read(joinedBy, stream, leave));
  }

  /** Waits up to `graceMs` for running answers to end by themselves, then ends them with an error that can be retried. */
  drain(graceMs: number): Promise<void> {
    return this.runs.drain(graceMs);
  }
}
