import { threadItem, type ThreadItem } from "../../protocol/items.ts";
import { threadMetadata, type ThreadMetadata } from "../../protocol/thread.ts";
import { field, idOf, typeOf } from "../item-facts.ts";
import { NO_USER } from "./no-user.ts";

/** A thread as the hosted API gives it. @returns undefined when it has no id */
export function hostedThread(given: unknown): { userId: string; thread: ThreadMetadata; createdAt: number } | undefined {
  const id = idOf(given);
  if (id === undefined) return undefined;
  const createdAt = seconds(field(given, "created_at")) ?? 0;
  const status = field(given, "status");
  const title = field(given, "title");
  const user = field(given, "user");
  const parsed = threadMetadata.safeParse({
    id,
    created_at: new Date(createdAt).toISOString(),
    status: field(status, "type") === "active" || status === undefined ? { type: "active" } : status,
    ...(typeof title === "string" && { title }),
    metadata: {},
  });
  if (!parsed.success) return undefined;
  return { userId: typeof user === "string" && user !== "" ? user : NO_USER, thread: parsed.data, createdAt };
}

/** An item as it is stored here; undefined for one of a type that is not known, or without what its type needs. */
export function hostedItem(given: unknown, threadId: string, createdAt: number): ThreadItem | undefined {
  const id = idOf(given);
  const body = id === undefined ? undefined : BODIES[typeOf(given)]?.(given);
  if (!body) return undefined;
  const created_at = new Date(seconds(field(given, "created_at")) ?? createdAt).toISOString();
  const parsed = threadItem.safeParse({ id, thread_id: threadId, created_at, ...body });
  return parsed.success ? parsed.data : undefined;
}

/** What each type of the hosted API is in the protocol. */
const BODIES: Record<string, (given: unknown) => object | undefined> = {
  user_message: (given) => ({
    type: "user_message",
    content: parts(given).filter((part) => field(part, "type") !== "quoted_text").map((part) => ({ type: "input_text", text: text(part) })),
    quoted_text: parts(given).filter((part) => field(part, "type") === "quoted_text").map(text).join("\n") || undefined,
    attachments: list(field(given, "attachments")).flatMap((one) => {
      const id = idOf(one);
      return id === undefined ? [] : [{ type: "file", id, name: String(field(one, "name") ?? id), mime_type: String(field(one, "mime_type") ?? "application/octet-stream") }];
    }),
    inference_options: options(field(given, "inference_options")),
  }),
  assistant_message: (given) => ({
    type: "assistant_message",
    content: parts(given).map((part) => ({ type: "output_text", text: text(part), annotations: list(field(part, "annotations")).flatMap(annotation) })),
  }),
  widget: (given) => ({ type: "widget", widget: parsed(field(given, "widget")) }),
  // A call that nobody can answer any more would keep the page waiting.
  client_tool_call: (given) => ({
    type: "client_tool_call",
    status: "completed",
    call_id: String(field(given, "call_id") ?? idOf(given)),
    name: String(field(given, "name") ?? ""),
    arguments: parsed(field(given, "arguments")) ?? {},
    output: parsed(field(given, "output")) ?? null,
  }),
  task: (given) => ({ type: "task", task: task(given, "task_type") }),
  task_group: (given) => ({ type: "workflow", workflow: { type: "custom", tasks: list(field(given, "tasks")).map((one) => task(one, "type")) } }),
};

function task(given: unknown, kind: "task_type" | "type"): object {
  const heading = field(given, "heading");
  const summary = field(given, "summary");
  const title = typeof heading === "string" ? { title: heading } : {};
  if (field(given, kind) === "thought") return { type: "thought", ...title, content: typeof summary === "string" ? summary : "" };
  return { type: "custom", ...title, ...(typeof summary === "string" && { content: summary }) };
}

function annotation(given: unknown): object[] {
  const source = field(given, "source");
  const type = field(source, "type") ?? field(given, "type");
  const [url, filename, title] = [field(source, "url"), field(source, "filename"), field(source, "title")];
  if (type === "url" && typeof url === "string") return [{ type: "annotation", source: { type, url, title: typeof title === "string" ? title : url } }];
  if (type === "file" && typeof filename === "string") return [{ type: "annotation", source: { type, filename, title: typeof title === "string" ? title : filename } }];
  return [];
}

function options(given: unknown): object {
  const model = field(given, "model");
  const tool = idOf(field(given, "tool_choice"));
  return { ...(typeof model === "string" && { model }), ...(tool !== undefined && { tool_choice: { id: tool } }) };
}

/** Widgets, arguments and outputs are JSON in a string. */
function parsed(given: unknown): unknown {
  if (typeof given !== "string") return given;
  try {
    return JSON.parse(given);
  } catch {
    return given;
  }
}

const parts = (given: unknown) => list(field(given, "content"));
const list = (given: unknown): unknown[] => (Array.isArray(given) ? given : []);
const text = (part: unknown) => String(field(part, "text") ?? "");
const seconds = (given: unknown) => (typeof given === "number" && Number.isFinite(given) ? given * 1000 : undefined);
