import { isRecord, type Json } from "../json.ts";

/**
 * What a model server says beside a tool call and wants back with it: on the call Gemini's thought signatures (`extra_content`;
 * LiteLLM's are `provider_specific_fields`), on its message the thoughts of DeepSeek, Kimi, OpenRouter and others. Strict servers
 * refuse a field they do not know, so they go to the server and model that gave them and to no other.
 */
export const CALL_FIELDS = ["extra_content", "provider_specific_fields"];
export const MESSAGE_FIELDS = ["reasoning_content", "reasoning", "reasoning_details"];

/** Of one call. */
export function callFields(call: Json): Json {
  return Object.fromEntries(CALL_FIELDS.filter((field) => isRecord(call[field])).map((field) => [field, call[field]]));
}
