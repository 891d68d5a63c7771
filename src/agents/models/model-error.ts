import { MaxTurnsExceededError, ModelTimeoutError } from "@openai/agents";
import { APIConnectionTimeoutError, APIError } from "openai";
import { ChatKitError, CustomStreamError } from "../../errors.ts";

/** Codes for a model server that cannot be reached. The network errors of tools do not get here, since the SDK wraps them. */
const LOST = new Set(["ECONNREFUSED", "ECONNRESET", "ConnectionClosed", "ConnectionRefused", "ENOTFOUND", "ETIMEDOUT", "EPIPE"]);

/** The error for what a run threw: errors of the model server become errors of ours, any other stays as it is. */
export function modelError(thrown: unknown): unknown {
  if (thrown instanceof ChatKitError) return thrown;
  if (thrown instanceof ModelTimeoutError || thrown instanceof APIConnectionTimeoutError) {
    return new ChatKitError("model_timeout", { cause: thrown });
  }
  if (thrown instanceof APIError) return serverError(thrown);
  if (thrown instanceof MaxTurnsExceededError) {
    return new CustomStreamError("The assistant stopped: this took more steps than it may take.", { allowRetry: true });
  }
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  return LOST.has(code) ? new ChatKitError("model_unavailable", { cause: thrown }) : thrown;
}

/** What a server refuses it would refuse again: then there is no retry, and the log says what the operator can do. */
function serverError(thrown: APIError): ChatKitError {
  const { status } = thrown;
  if (isTooLong(thrown)) {
    const cause = new Error("The conversation does not fit into the model's context: fewer history_items, or a model with a larger one.", {
      cause: thrown,
    });
    return new ChatKitError("context_length_exceeded", { cause });
  }
  if (status === 408 || status === 504) return new ChatKitError("model_timeout", { cause: thrown });
  const words = wordsFor(thrown);
  if (words === undefined) return new ChatKitError("model_unavailable", { cause: thrown });
  return new ChatKitError("model_unavailable", { allowRetry: false, cause: new Error(words, { cause: thrown }) });
}

/** What to do about a refusal; undefined when another try may succeed. */
function wordsFor({ status, code }: APIError): string | undefined {
  if (status === 402 || code === "insufficient_quota") return "The account at the model server has no credit left.";
  if (status === undefined || status < 400 || status >= 500 || [409, 425, 429].includes(status)) return undefined;
  if (status === 401 || status === 403)
    return `The model server refuses the key (${status}): check OPENAI_API_KEY, and whether it may use this model.`;
  if (status === 404 || status === 405) {
    return `The model server has no such model, or not this API (${status}): check CHATKIT_MODEL, OPENAI_BASE_URL and CHATKIT_MODEL_API.`;
  }
  return `The model server refuses the request (${status}).`;
}

const TOO_LONG_CODES = new Set([
  "context_length_exceeded",
  "exceed_context_size_error",
  "string_above_max_length",
  "model_max_prompt_tokens_exceeded",
]);
/** The messages of OpenAI, vLLM, llama.cpp, LM Studio, Anthropic, Gemini, Mistral, TGI, SGLang, Groq and LiteLLM. */
const TOO_LONG =
  /context (length|window|size)|(maximum|max_?model|model'?s) (context|len)|prompt is too long|input is too long|too large for model|input token count .* exceeds|when context the overflows|longer than the model's context|tokens.{1,40}must be <=|ContextWindowExceeded|reduce the length of (the|your) (messages|prompt|input)/i;

function isTooLong({ status, code, type, message }: APIError): boolean {
  if (TOO_LONG_CODES.has(String(code)) || TOO_LONG_CODES.has(String(type))) return true;
  return (status === undefined || [400, 413, 422, 500].includes(status)) && TOO_LONG.test(message);
}
