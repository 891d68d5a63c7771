import { ChatKitError } from "../../errors.ts";
import type { Attachment } from "../../protocol/attachments.ts";
import type { UserMessageInput } from "../../protocol/input.ts";
import type { UserMessageItem } from "../../protocol/items.ts";
import type { ThreadMetadata } from "../../protocol/thread.ts";
import { now } from "../../protocol/timestamp.ts";
import type { RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";

/** More than any client sends. The limit is there because each one is looked up in the store. */
const MAX_ATTACHMENTS = 100;

/** The item to store for what a person sent, and the attachments it names. @throws NotFoundError for one of another user, ChatKitError for one that cannot be used */
export async function userMessage<C extends RequestContext>(
  { store, attachmentStore }: Hooks<C>,
  thread: ThreadMetadata,
  input: UserMessageInput,
  context: C,
): Promise<{ message: UserMessageItem; attachments: Attachment[] }> {
  const ids = [...new Set(input.attachments)];
  if (ids.length > MAX_ATTACHMENTS) {
    throw new ChatKitError("invalid_request", { message: `A message takes at most ${MAX_ATTACHMENTS} attachments.` });
  }
  const loaded = await Promise.all(ids.map((id) => store.loadAttachment(id, context)));
  const usable = loaded.length > 0 && attachmentStore?.checkSent ? await attachmentStore.checkSent(loaded, context) : loaded;
  const attachments = usable.map((attachment) => ({ ...attachment, thread_id: thread.id }));
  const { content, quoted_text, inference_options } = input;
  const id = store.generateItemId("message", thread, context);
  const base = { id, thread_id: thread.id, created_at: now() };
  return { message: { ...base, type: "user_message", content, attachments, quoted_text, inference_options }, attachments };
}
