import { z } from "zod";
import { attachment } from "./attachments.ts";
import { inferenceOptions, userMessageContent } from "./input.ts";
import { maybe, record } from "./maybe.ts";
import { annotation } from "./sources.ts";
import { structuredInput } from "./structured-input.ts";
import { timestamp } from "./timestamp.ts";
import { widgetRoot } from "./widgets.ts";
import { task, workflow } from "./workflows.ts";

const base = { id: z.string(), thread_id: z.string(), created_at: timestamp };

export const assistantMessageContent = z.object({
  type: z.literal("output_text").default("output_text"),
  text: z.string(),
  annotations: z.array(annotation).default([]),
});
export const generatedImage = z.object({ id: z.string(), url: z.string() });

const userMessageItem = z.object({
  ...base,
  type: z.literal("user_message"),
  content: z.array(userMessageContent),
  attachments: z.array(attachment).default([]),
  quoted_text: maybe(z.string()),
  inference_options: inferenceOptions,
});
const assistantMessageItem = z.object({ ...base, type: z.literal("assistant_message"), content: z.array(assistantMessageContent) });
const clientToolCallItem = z.object({
  ...base,
  type: z.literal("client_tool_call"),
  status: z.enum(["pending", "completed"]).default("pending"),
  call_id: z.string(),
  name: z.string(),
  arguments: record,
  output: z.unknown().optional(),
  /** For the server only, never sent to the client. */
  metadata: maybe(record),
});
const widgetItem = z.object({ ...base, type: z.literal("widget"), widget: widgetRoot, copy_text: maybe(z.string()) });
const generatedImageItem = z.object({ ...base, type: z.literal("generated_image"), image: maybe(generatedImage) });
const structuredInputItem = z.object({
  ...base,
  type: z.literal("structured_input"),
  status: z.enum(["pending", "answered", "skipped"]).default("pending"),
  inputs: z.array(structuredInput),
});
const workflowItem = z.object({ ...base, type: z.literal("workflow"), workflow });
const taskItem = z.object({ ...base, type: z.literal("task"), task });
const endOfTurnItem = z.object({ ...base, type: z.literal("end_of_turn") });
/** A note to the model from the user's own server; never sent to the client. */
const hiddenContextItem = z.object({ ...base, type: z.literal("hidden_context_item"), content: z.unknown() });
/** A note to the model from this library; never sent to the client. */
const sdkHiddenContextItem = z.object({ ...base, type: z.literal("sdk_hidden_context"), content: z.string() });

export const threadItem = z.discriminatedUnion("type", [
  userMessageItem,
  assistantMessageItem,
  clientToolCallItem,
  widgetItem,
  generatedImageItem,
  structuredInputItem,
  workflowItem,
  taskItem,
  endOfTurnItem,
  hiddenContextItem,
  sdkHiddenContextItem,
]);

export type AssistantMessageContent = z.infer<typeof assistantMessageContent>;
export type GeneratedImage = z.infer<typeof generatedImage>;
export type UserMessageItem = z.infer<typeof userMessageItem>;
export type AssistantMessageItem = z.infer<typeof assistantMessageItem>;
export type ClientToolCallItem = z.infer<typeof clientToolCallItem>;
export type WidgetItem = z.infer<typeof widgetItem>;
export type GeneratedImageItem = z.infer<typeof generatedImageItem>;
export type StructuredInputItem = z.infer<typeof structuredInputItem>;
export type WorkflowItem = z.infer<typeof workflowItem>;
export type TaskItem = z.infer<typeof taskItem>;
export type EndOfTurnItem = z.infer<typeof endOfTurnItem>;
export type HiddenContextItem = z.infer<typeof hiddenContextItem>;
export type SDKHiddenContextItem = z.infer<typeof sdkHiddenContextItem>;
/** An item as it is stored. */
export type ThreadItem = z.infer<typeof threadItem>;

type BaseField = "id" | "thread_id" | "created_at";
type Draft<I> = I extends unknown ? Omit<I, BaseField> & { [K in BaseField & keyof I]?: I[K] | undefined } : never;
/** An item as a hook may yield it: `id`, `thread_id`, `created_at` and fields with a default may be missing; the pipeline fills them in. */
export type ThreadItemDraft = Draft<z.input<typeof threadItem>>;

/** Items of these types are stored and never leave the server. */
export function isHidden(item: { type: ThreadItem["type"] }): boolean {
  return item.type === "hidden_context_item" || item.type === "sdk_hidden_context";
}
