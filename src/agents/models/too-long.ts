import { APIError } from "openai";

const TOO_LONG_CODES = new Set([
  "context_length_exceeded",
  "exceed_context_size_error",
  "string_above_max_length",
  "model_max_prompt_tokens_exceeded",
]);
/** The messages of OpenAI, vLLM, llama.cpp, LM Studio, Anthropic, Gemini, Mistral, TGI, SGLang, Groq and LiteLLM. */
const TOO_LONG =
  /context (length|window|size)|(maximum|max_?model|model'?s) (context|len)|prompt is too long|input is too long|too large for model|input token count .* exceeds|when context the overflows|longer than the model's context|tokens.{1,40}must be <=|ContextWindowExceeded|reduce the length of (the|your) (messages|prompt|input)/i;

const noted = new WeakSet<APIError>();

/** Call before anything is taken out of an error's message: what a server says of the length may stand in the conversation as well. */
export function noteTooLong(error: unknown): void {
  if (error instanceof APIError && isTooLong(error)) noted.add(error);
}

/** Whether a server refused a conversation for its length. */
export function isTooLong(error: APIError): boolean {
  const { status, code, type, message } = error;
  if (noted.has(error)) return true;
  if (TOO_LONG_CODES.has(String(code)) || TOO_LONG_CODES.has(String(type))) return true;
  return (status === undefined || [400, 413, 422, 500].includes(status)) && TOO_LONG.test(message);
}
