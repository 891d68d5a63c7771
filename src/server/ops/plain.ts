import { ChatKitError, NotFoundError } from "../../errors.ts";
import { attachment, type Attachment } from "../../protocol/attachments.ts";
import { threadItem } from "../../protocol/items.ts";
import { DEFAULT_PAGE_SIZE, type Operation, type ParamsOf } from "../../protocol/requests.ts";
import { wireAttachment, wireItem, wireItems, wireThread } from "../../protocol/serialize.ts";
import type { Thread } from "../../protocol/thread.ts";
import { StaleItem } from "../../store/stale-item.ts";
import { linksFor } from "./links.ts";
import { contextWith } from "../context-with.ts";
import { askedBy, type RequestContext } from "../context.ts";
import type { Hooks } from "../hooks.ts";
import { senderOf } from "./clicks.ts";

/** How long the hook is called again for a click while others keep changing the same widget. */
const ASK_AGAIN_FOR_MS = 5000;

/** The ten operations that answer with one JSON document. */
type Op<T extends Operation, R = object> = <C extends RequestContext>(server: Hooks<C>, params: ParamsOf<T>, context: C) => Promise<R>;

export const getThread: Op<"threads.get_by_id", Thread> = async (server, params, context) => {
  const { thread, items } = await server.store.loadThreadWithItems(params.thread_id, DEFAULT_PAGE_SIZE, context);
  return wireThread(thread, items, await linksFor(server, items.data, context));
};

export const listThreads: Op<"threads.list"> = async (server, params, context) => {
  const page = await server.store.loadThreads(params.limit, params.after ?? null, params.order, context);
  return { ...page, data: page.data.map((thread) => wireThread(thread)) };
};

export const updateThread: Op<"threads.update", Thread> = async (server, params, context) =>
  wireThread(await server.store.updateThread(params.thread_id, { title: params.title }, context));

export const deleteThread: Op<"threads.delete"> = async (server, params, context) => {
  await server.store.loadThread(params.thread_id, context);
  await server.store.deleteThread(params.thread_id, context);
  server.runs.threadDeleted(params.thread_id, context);
  server.audit({ event: "thread_deleted", ...askedBy(context), thread_id: params.thread_id });
  return {};
};

export const listItems: Op<"items.list"> = async (server, params, context) => {
  const items = await server.store.loadVisibleItems(params.thread_id, params.after ?? null, params.limit, params.order, context);
  return wireItems(items, await linksFor(server, items.data, context));
};

export const addFeedback: Op<"items.feedback"> = async (server, params, context) => {
  await server.store.loadThread(params.thread_id, context);
  await server.addFeedback(params.thread_id, params.item_ids, params.kind, context);
  return {};
};

export const createAttachment: Op<"attachments.create"> = async (server, params, context) => {
  const files = attachmentsOf(server);
  const created = attachment.parse(await files.createAttachment(params, context));
  await server.store.saveAttachment(created, context);
  return wireAttachment(created, await files.links?.(context));
};

export const deleteAttachment: Op<"attachments.delete"> = async (server, params, context) => {
  const bytes = attachmentsOf(server);
  // A second delete is no error. An attachment of another user is answered the same way, as if it did not exist.
  const found = await attachmentOf(server, params.attachment_id, context);
  if (!found) return {};
  const modelFile = found.metadata?.["model_file"];
  await bytes.deleteAttachment(found.id, context, typeof modelFile === "string" ? modelFile : undefined);
  await server.store.deleteAttachment(params.attachment_id, context);
  server.audit({ event: "attachment_deleted", ...askedBy(context), attachment_id: params.attachment_id });
  return {};
};

export const transcribe: Op<"input.transcribe"> = async (server, params, context) => {
  const mediaType = params.mime_type.split(";", 1)[0]?.trim() ?? "";
  const { text } = await server.transcribe({ data: params.audio_base64, mimeType: params.mime_type, mediaType }, context);
  return { text };
};

export const syncCustomAction: Op<"threads.sync_custom_action"> = async (server, params, context) => {
  const { clock } = server;
  for (const startedAt = clock.now(); ; ) {
    const thread = await server.store.loadThread(params.thread_id, context);
    const sender = await senderOf(server, thread.id, params.item_id, context);
    if (sender === "not a widget") throw new ChatKitError("invalid_request", { message: "The sender of an action must be a widget." });
    const clicked = contextWith(context, sender ? { sender } : {});
    try {
      const { updated_item } = await server.syncAction(thread, params.action, sender, clicked);
      if (!updated_item) return {};
      // If the hook has saved the widget, others may have changed other parts of it: the page gets the stored one.
      const isSaved = sender !== null && clicked.sender !== sender && updated_item.id === sender.id;
      const item = isSaved ? await server.store.loadItem(thread.id, sender.id, context) : threadItem.parse(updated_item);
      return { updated_item: wireItem(item, await linksFor(server, [item], context)) };
    } catch (error) {
      if (!(error instanceof StaleItem) || clock.now() - startedAt > ASK_AGAIN_FOR_MS) throw error;
    }
  }
};

export function takesNoFiles(): ChatKitError {
  return new ChatKitError("not_implemented", { message: "This server takes no files: set CHATKIT_ATTACHMENTS, or give it an attachmentStore." });
}

function attachmentsOf<C extends RequestContext>(server: Hooks<C>) {
  if (server.attachmentStore) return server.attachmentStore;
  throw takesNoFiles();
}

async function attachmentOf<C extends RequestContext>(server: Hooks<C>, attachmentId: string, context: C): Promise<Attachment | undefined> {
  try {
    return await server.store.loadAttachment(attachmentId, context);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
