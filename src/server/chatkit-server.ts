import type { Action } from "../protocol/actions.ts";
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import type { StreamOptions, ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItem, UserMessageItem, WidgetItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { FeedbackKind, Store } from "../store/store.ts";
import type { Logger, RequestContext } from "./context.ts";
import type { NonStreamingResult, StreamingResult } from "./result.ts";

/** What a server is built from. */
export type Ports<C extends RequestContext = RequestContext> = {
  store: Store<C>;
  attachmentStore?: AttachmentStore<C>;
  logger: Logger;
  /** The address in every URL handed out. */
  publicUrl: string;
  /** The context of a request to a route of your own. */
  requestContext(request: Request): Promise<C>;
  server(): ChatKitServer<C>;
};

export abstract class ChatKitServer<C extends RequestContext = RequestContext> {
  readonly store: Store<C>;
  readonly attachmentStore?: AttachmentStore<C>;
  readonly logger: Logger;

  constructor(ports: Ports<C>) {
    this.store = ports.store;
    if (ports.attachmentStore) this.attachmentStore = ports.attachmentStore;
    this.logger = ports.logger;
  }

  abstract respond(thread: ThreadMetadata, inputUserMessage: UserMessageItem | null, context: C): AsyncIterable<ThreadStreamEvent>;
  declare action: (thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: C) => AsyncIterable<ThreadStreamEvent>;
  declare syncAction: (thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: C) => Promise<{ updated_item?: ThreadItem }>;
  declare addFeedback: (threadId: string, itemIds: string[], kind: FeedbackKind, context: C) => Promise<void>;
  declare transcribe: (audio: { data: Uint8Array; mimeType: string; mediaType: string }, context: C) => Promise<{ text: string }>;
  declare getStreamOptions: (thread: ThreadMetadata, context: C) => StreamOptions;
  declare handleStreamCancelled: (thread: ThreadMetadata, pendingItems: ThreadItem[], context: C) => Promise<void>;
  /** Parses one request body and answers it. @throws ChatKitError when the request is refused outside a stream. */
  declare process: (body: string | Uint8Array, context: C) => Promise<StreamingResult | NonStreamingResult>;
  /** Ends every running answer: waits up to `graceMs` for its own end, then ends it with a retryable error. */
  declare drain: (graceMs: number) => Promise<void>;
}
