import type { AttachmentStore } from "../attachments/attachment-store.ts";
import type { Action } from "../protocol/actions.ts";
import type { StreamOptions, ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItem, UserMessageItem, WidgetItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { FeedbackKind, Store, UserScope } from "../store/store.ts";
import type { Audit } from "./audit.ts";
import type { Clock } from "./clock.ts";
import type { Logger, RequestContext } from "./context.ts";
import type { RunKeeper } from "./runs/run-keeper.ts";

/** Audio to transcribe: `mimeType` as sent, `mediaType` without its parameters. */
export type AudioInput = { data: Uint8Array; mimeType: string; mediaType: string };

/** Turns speech into text. */
export type Transcriber = (audio: AudioInput, context: RequestContext) => Promise<{ text: string }>;

/** What the operations need of a server: its hooks, documented on `ChatKitServer`, and its stores. */
export interface Hooks<C extends RequestContext> {
  readonly store: Store<UserScope>;
  readonly attachmentStore?: AttachmentStore<C>;
  readonly logger: Logger;
  /** Logs what an operator may have to account for later. */
  readonly audit: Audit;
  /** How long a thread stays taken after its process has died, in milliseconds. */
  readonly leaseMs: number;
  readonly clock: Clock;
  /** The runs of this process. */
  readonly runs: RunKeeper<C>;

  respond(thread: ThreadMetadata, inputUserMessage: UserMessageItem | null, context: C): AsyncIterable<ThreadStreamEvent>;
  action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: C): AsyncIterable<ThreadStreamEvent>;
  syncAction(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: C): Promise<{ updated_item?: ThreadItem }>;
  addFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: C): Promise<void>;
  transcribe(audio: AudioInput, context: C): Promise<{ text: string }>;
  getStreamOptions(thread: ThreadMetadata, context: C): StreamOptions;
  handleStreamCancelled(thread: ThreadMetadata, pendingItems: ThreadItem[], context: C): Promise<void>;
}
