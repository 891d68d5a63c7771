/**
 * The protocol: schemas of all that goes over the wire, the way from bytes to a request (`parse.ts`), and from an event to JSON
 * (`serialize.ts`). It never stores anything, never waits, and never knows who asks. This file has the operations.
 */
import { z } from "zod";
import { action } from "./actions.ts";
import { attachmentCreateParams } from "./attachments.ts";
import { userMessageInput } from "./input.ts";
import { lenientInteger } from "./integer.ts";
import { textBytes } from "./json/outline.ts";
import { freeForm, maybe } from "./maybe.ts";
import { structuredInputSubmission } from "./structured-input.ts";
import { MAX_TITLE_LENGTH } from "./title.ts";

export const DEFAULT_PAGE_SIZE = 20;
/** Clients ask for `limit: 9999`; a page is never larger than this. */
export const MAX_PAGE_SIZE = 1000;
/** The JSON of a page is no larger, unless its first row alone is: the cost of a request must not grow with what is stored (CWE-770). */
export const MAX_PAGE_BYTES = 1024 * 1024;

/** Larger than what a double holds exactly, such as the largest integer of other languages. It is clamped, so precision is no matter. */
const hugeInteger = z.number().refine(Number.isInteger, "expected an integer");
/** Numeric strings are accepted, 0 and null mean the default, and any other number is clamped: no limit is refused. */
const limit = z
  .union([lenientInteger, hugeInteger, z.null().transform(() => 0)])
  .default(0)
  .transform((asked) => (asked === 0 ? DEFAULT_PAGE_SIZE : Math.min(Math.max(asked, 1), MAX_PAGE_SIZE)));

const paging = { limit, order: z.enum(["asc", "desc"]).default("desc"), after: maybe(z.string()) };
const inThread = { thread_id: z.string() };
const actionParams = z.object({ ...inThread, item_id: maybe(z.string()), action });

function operation<const T extends string, P extends z.ZodType>(type: T, params: P) {
  return z.object({ type: z.literal(type), params, metadata: freeForm.default({}) });
}

const streaming = [
  operation("threads.create", z.object({ input: userMessageInput })),
  operation("threads.add_user_message", z.object({ ...inThread, input: userMessageInput })),
  operation("threads.add_client_tool_output", z.object({ ...inThread, result: z.unknown() })),
  operation("threads.add_structured_input", z.object({ ...inThread, item_id: z.string(), input: structuredInputSubmission })),
  operation("threads.retry_after_item", z.object({ ...inThread, item_id: z.string() })),
  operation("threads.custom_action", actionParams),
] as const;

const plain = [
  operation("threads.sync_custom_action", actionParams),
  operation("threads.get_by_id", z.object(inThread)),
  operation("threads.list", z.object(paging)),
  operation("threads.update", z.object({ ...inThread, title: z.string().max(MAX_TITLE_LENGTH) })),
  operation("threads.delete", z.object(inThread)),
  operation("items.list", z.object({ ...inThread, ...paging })),
  operation("items.feedback", z.object({ ...inThread, item_ids: z.array(z.string()), kind: z.enum(["positive", "negative"]) })),
  operation("attachments.create", attachmentCreateParams),
  operation("attachments.delete", z.object({ attachment_id: z.string() })),
  // `parseRequest` answers the bytes that the text stands for.
  operation("input.transcribe", z.object({ audio_base64: textBytes, mime_type: z.string() })),
] as const;

/** The sixteen operations, by `type`. */
export const request = z.discriminatedUnion("type", [...streaming, ...plain]);

export type StreamingRequest = z.infer<(typeof streaming)[number]>;
export type PlainRequest = z.infer<(typeof plain)[number]>;
export type ChatKitRequest = z.infer<typeof request>;
export type Operation = ChatKitRequest["type"];
export type ParamsOf<T extends Operation> = Extract<ChatKitRequest, { type: T }>["params"];

export const STREAMING_TYPES: ReadonlySet<string> = new Set(streaming.map((schema) => schema.shape.type.value));
export const OPERATIONS: ReadonlySet<string> = new Set([...streaming, ...plain].map((schema) => schema.shape.type.value));

/** Whether the operation is answered by a stream of events. */
export function isStreaming(asked: ChatKitRequest): asked is StreamingRequest {
  return STREAMING_TYPES.has(asked.type);
}
