import { isRecord, type Json } from "../../../protocol/json/values.ts";

/**
 * Fields that a model server sends with a tool call and needs back with it: on the call, the thought signatures of Gemini
 * (`extra_content`, with LiteLLM `provider_specific_fields`); on the message, the thoughts of DeepSeek, Kimi, OpenRouter and of Claude
 * behind LiteLLM. Strict servers refuse unknown fields, so they are only sent to the server and model that they came from.
 */
export const CALL_FIELDS = ["extra_content", "provider_specific_fields"];
/** The fields of a message: those whose thoughts are a text, and those whose thoughts are a list of parts. */
export const THOUGHT_TEXTS = ["reasoning_content", "reasoning"];
export const THOUGHT_LISTS = ["reasoning_details", "thinking_blocks"];
export const MESSAGE_FIELDS = [...THOUGHT_TEXTS, ...THOUGHT_LISTS];

/** Those fields of one call. */
export function callFields(call: Json): Json {
  return Object.fromEntries(CALL_FIELDS.filter((field) => isRecord(call[field])).map((field) => [field, call[field]]));
}
