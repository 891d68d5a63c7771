import { attachment as attachmentSchema, type Attachment } from "../../protocol/attachments.ts";
import { threadItem, type ThreadItem } from "../../protocol/items.ts";
import { threadMetadata, type ThreadMetadata } from "../../protocol/thread.ts";
import { isObject } from "./read-row.ts";

type Given = Record<string, unknown>;

/** A thread as it is stored here; undefined when it is none. */
export function pythonThread(given: Given): ThreadMetadata | undefined {
  const id = given["id"] ?? given["thread_id"];
  const status = typeof given["status"] === "string" ? { type: given["status"] } : (given["status"] ?? { type: "active" });
  const metadata = isObject(given["metadata"]) ? given["metadata"] : {};
  const made = threadMetadata.safeParse({ id: text(id), title: given["title"] ?? null, created_at: created(given), status, metadata });
  return made.success ? made.data : undefined;
}

/** What an item has that does not say it itself. */
type Otherwise = { id: string; threadId: string; createdAt: string };

/** An item as it is stored here; undefined when it is none, or one of a type that nobody knows. */
export function pythonItem(given: Given, otherwise: Otherwise): ThreadItem | undefined {
  const type = given["type"] ?? given["item_type"] ?? given["kind"];
  if (type === undefined && SAYS.every((name) => (given[name] ?? "") === "")) return undefined;
  const base = { id: text(given["id"] ?? given["item_id"] ?? given["message_id"]) ?? otherwise.id, thread_id: otherwise.threadId, created_at: created(given, otherwise.createdAt) };
  const made = threadItem.safeParse({ ...given, ...base, ...(type === undefined || isRole(type) ? message(given) : { ...typed(given, String(type)) }) });
  return made.success ? made.data : undefined;
}

export function pythonAttachment(given: Given): Attachment | undefined {
  // What older versions called the address of the upload, which is of no use any more.
  const { upload_url: _old, upload_descriptor: _new, thread_id: thread, ...rest } = given;
  const base = {
    ...(text(thread) !== undefined && { thread_id: text(thread) }),
    id: text(rest["id"] ?? rest["attachment_id"]),
    type: rest["type"] ?? "file",
    name: rest["name"] ?? rest["filename"] ?? rest["file_name"],
    mime_type: rest["mime_type"] ?? rest["content_type"],
  };
  const made = attachmentSchema.safeParse({ ...rest, ...base });
  if (made.success) return made.data;
  const file = attachmentSchema.safeParse({ ...rest, ...base, type: "file" });
  return file.success ? file.data : undefined;
}

/** A row with none of these says nothing. */
const SAYS = ["role", "sender", "author", "content", "text", "message"];

function typed(given: Given, type: string): Given {
  const attachments = Array.isArray(given["attachments"]) ? { attachments: given["attachments"].filter(isObject).flatMap((one) => pythonAttachment(one) ?? []) } : {};
  const options = type === "user_message" ? { inference_options: given["inference_options"] ?? {} } : {};
  const content = typeof given["content"] === "string" && type !== "hidden_context_item" && type !== "sdk_hidden_context" ? { content: parts(given["content"], type) } : {};
  return { type, ...attachments, ...options, ...content };
}

/** A row of a chat that knows roles and texts only. */
function message(given: Given): Given {
  const role = String(given["role"] ?? given["type"] ?? given["sender"] ?? given["author"] ?? "");
  const type = role === "user" || role === "human" ? "user_message" : role === "assistant" || role === "ai" || role === "bot" ? "assistant_message" : "hidden_context_item";
  const content = given["content"] ?? given["text"] ?? given["message"] ?? "";
  if (type === "hidden_context_item") return { type, content };
  const attachments = Array.isArray(given["attachments"]) ? given["attachments"].filter(isObject).flatMap((one) => pythonAttachment(one) ?? []) : [];
  return { type, content: parts(content, type), ...(type === "user_message" && { attachments, inference_options: given["inference_options"] ?? {} }) };
}

function parts(content: unknown, type: string): object[] {
  const kind = type === "user_message" ? "input_text" : "output_text";
  const list = Array.isArray(content) ? content : [content];
  return list.map((part) => (isObject(part) ? { ...part, type: part["type"] === "input_tag" ? "input_tag" : kind, text: String(part["text"] ?? "") } : { type: kind, text: String(part ?? "") }));
}

const isRole = (type: unknown) => typeof type === "string" && /^(?:user|human|assistant|ai|bot|system|tool|message)$/.test(type);

/** The time in any of the forms that Python writes. */
function created(given: Given, otherwise: string | number = 0): unknown {
  const time = given["created_at"] ?? given["createdat"] ?? given["created"] ?? given["timestamp"] ?? given["inserted_at"] ?? otherwise;
  // As PostgreSQL writes a zone into a text: +00.
  return typeof time === "string" ? time.replace(/(?<=:\d\d(?:\.\d+)?)([+-]\d\d)$/, "$1:00") : time;
}

export function text(id: unknown): string | undefined {
  return typeof id === "string" || typeof id === "number" || typeof id === "bigint" ? String(id) : undefined;
}
