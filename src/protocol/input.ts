import { z } from "zod";
import { freeForm, maybe, orDefault } from "./maybe.ts";

/** What a person sends: text, tags, options. Shared by requests and by the stored message. */
const inputText = z.object({ type: z.literal("input_text"), text: z.string() });
const inputTag = z.object({
  type: z.literal("input_tag"),
  id: z.string(),
  text: z.string(),
  data: orDefault(freeForm, (): Record<string, unknown> => ({})),
  group: maybe(z.string()),
  interactive: orDefault(z.boolean(), () => false),
});
export const userMessageContent = z.discriminatedUnion("type", [inputText, inputTag]);
export const inferenceOptions = z.object({ tool_choice: maybe(z.object({ id: z.string() })), model: maybe(z.string()) });

export const userMessageInput = z.object({
  content: z.array(userMessageContent),
  attachments: z.array(z.string()),
  quoted_text: maybe(z.string()),
  inference_options: z.union([inferenceOptions, z.null().transform((): InferenceOptions => ({}))]),
});

export type InputText = z.infer<typeof inputText>;
export type InputTag = z.infer<typeof inputTag>;
export type UserMessageContent = z.infer<typeof userMessageContent>;
export type InferenceOptions = z.infer<typeof inferenceOptions>;
export type UserMessageInput = z.infer<typeof userMessageInput>;
