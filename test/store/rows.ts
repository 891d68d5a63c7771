import type { Attachment } from "../../src/protocol/attachments.ts";
import type { AssistantMessageItem, ClientToolCallItem, SDKHiddenContextItem, ThreadItem, UserMessageItem, WidgetItem } from "../../src/protocol/items.ts";
import type { ThreadMetadata } from "../../src/protocol/thread.ts";
import { generateId } from "../../src/store/ids.ts";
import type { Run, Store, UserScope } from "../../src/store/store.ts";

const CREATED_AT = "2026-01-02T03:04:05.678Z";

/** A user nobody else in the run is: tests share one database. */
export function someone(): UserScope {
  return { userId: `user-${crypto.randomUUID()}` };
}

export function aThread(fields: Partial<ThreadMetadata> = {}): ThreadMetadata {
  return { id: generateId("thread"), created_at: CREATED_AT, status: { type: "active" }, metadata: {}, ...fields };
}

export function userMessage(threadId: string, text: string, fields: Partial<UserMessageItem> = {}): UserMessageItem {
  const content: UserMessageItem["content"] = [{ type: "input_text", text }];
  return { ...base("user_message", threadId), type: "user_message", content, attachments: [], inference_options: {}, ...fields };
}

export function assistantMessage(threadId: string, text: string, id = generateId("assistant_message")): AssistantMessageItem {
  return { ...base("assistant_message", threadId), id, type: "assistant_message", content: [{ type: "output_text", text, annotations: [] }] };
}

export function hiddenNote(threadId: string, content: string): SDKHiddenContextItem {
  return { ...base("sdk_hidden_context", threadId), type: "sdk_hidden_context", content };
}

export function clientToolCall(threadId: string, fields: Partial<ClientToolCallItem> = {}): ClientToolCallItem {
  return { ...base("client_tool_call", threadId), type: "client_tool_call", status: "pending", call_id: "call_1", name: "pick", arguments: { b: 1, a: null }, ...fields };
}

export function widget(threadId: string): WidgetItem {
  return { ...base("widget", threadId), type: "widget", widget: { type: "Card", children: [{ type: "Text", value: "hello" }] } };
}

export function anAttachment(fields: Partial<Attachment> = {}): Attachment {
  return { id: generateId("attachment"), name: "a.txt", mime_type: "text/plain", type: "file", ...fields } as Attachment;
}

export function aRun(threadId: string, leaseMs = 60_000): Run {
  return { id: crypto.randomUUID(), threadId, leaseMs };
}

/** A stored thread and what to write to it with. */
export async function savedThread(store: Store<UserScope>, context: UserScope, fields: Partial<ThreadMetadata> = {}): Promise<ThreadMetadata> {
  const thread = aThread(fields);
  await store.saveThread(thread, context);
  return thread;
}

export async function allItems(store: Store<UserScope>, threadId: string, context: UserScope): Promise<ThreadItem[]> {
  return (await store.loadThreadItems(threadId, null, 1000, "asc", context)).data;
}

export async function addTexts(store: Store<UserScope>, threadId: string, context: UserScope, texts: string[]): Promise<ThreadItem[]> {
  const items = texts.map((text) => userMessage(threadId, text));
  for (const item of items) await store.addThreadItem(threadId, item, context);
  return items;
}

/** The texts of messages and notes, in short. */
export function textsOf(items: ThreadItem[]): string[] {
  return items.map((item) => {
    if (item.type === "user_message") return item.content.map((part) => part.text).join("");
    if (item.type === "assistant_message") return item.content.map((part) => part.text).join("");
    return item.type;
  });
}

/** What a rejected promise was rejected with; null when it was not. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string } | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return error as { code: string; message: string };
  }
}

function base(type: ThreadItem["type"], threadId: string) {
  return { id: generateId(type), thread_id: threadId, created_at: CREATED_AT };
}
