import { MaxTurnsExceededError, ModelTimeoutError } from "@openai/agents";
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { ChatKitError, codeOf, CustomStreamError } from "../../errors.ts";
import { BrokenOff, NoAnswer } from "./server-error.ts";
import { isTooLong } from "./too-long.ts";

/** Codes for a model server that cannot be reached. The network errors of tools do not get here, since the SDK wraps them. */
const LOST = new Set(["ECONNREFUSED", "ECONNRESET", "ConnectionClosed", "ConnectionRefused", "ENOTFOUND", "ETIMEDOUT", "EPIPE"]);

/** The error for what a run threw: errors of the model server become errors of ours, any other stays as it is. */
export function modelError(thrown: unknown): unknown {
  if (thrown instanceof ChatKitError) return thrown;
  if (thrown instanceof ModelTimeoutError || thrown instanceof APIConnectionTimeoutError) return timedOut(thrown);
  if (thrown instanceof APIError) return serverError(thrown);
  if (thrown instanceof MaxTurnsExceededError) {
    return new CustomStreamError("The assistant stopped: this took more steps than it may take.", { allowRetry: true, cause: thrown });
  }
  const code = codeOf(thrown);
  return LOST.has(code) ? unavailable({ reason: "unreachable", words: UNREACHABLE, mayRetry: true }, thrown) : thrown;
}

/** What a server refuses it would refuse again: then there is no retry, and the log says what the operator can do. */
function serverError(thrown: APIError): ChatKitError {
  if (isTooLong(thrown)) {
    const words = "The conversation does not fit into the model's context: fewer history_items, or a model with a larger one.";
    return new ChatKitError("context_length_exceeded", { reason: "context_length", cause: new Error(words, { cause: thrown }) });
  }
  if (thrown.status === 408 || thrown.status === 504) return timedOut(thrown);
  return unavailable(troubleOf(thrown), thrown);
}

/** What an operator can count by (`reason`) and read (`words`; undefined when the error itself says it). */
type Trouble = { reason: string; words?: string; mayRetry?: boolean };

function timedOut(thrown: unknown): ChatKitError {
  const cause = new Error("The model server has not answered in time.", { cause: thrown });
  return new ChatKitError("model_timeout", { reason: "timed_out", cause });
}

function unavailable({ reason, words, mayRetry = false }: Trouble, thrown: unknown): ChatKitError {
  return new ChatKitError("model_unavailable", { reason, allowRetry: mayRetry, cause: words === undefined ? thrown : new Error(words, { cause: thrown }) });
}

const UNREACHABLE = "The model server cannot be reached: check OPENAI_BASE_URL, and whether the server runs.";

function troubleOf(thrown: APIError): Trouble {
  const { status, code } = thrown;
  if (thrown instanceof APIConnectionError) return { reason: "unreachable", words: UNREACHABLE, mayRetry: true };
  if (thrown instanceof BrokenOff) return { reason: "broke_off", mayRetry: true };
  if (status === 402 || code === "insufficient_quota") return { reason: "no_credit", words: "The account at the model server has no credit left." };
  if (status === undefined) return { reason: thrown instanceof NoAnswer ? "no_answer" : "server_failed", mayRetry: true };
  if (status === 401 || status === 403) {
    return { reason: "key_refused", words: `The model server refuses the key (${status}): check OPENAI_API_KEY, and whether it may use this model.` };
  }
  if (status === 404 || status === 405) {
    const check = "check CHATKIT_MODEL, OPENAI_BASE_URL and CHATKIT_MODEL_API";
    return { reason: "model_not_found", words: `The model server has no such model, or not this API (${status}): ${check}.` };
  }
  if (status === 429) return { reason: "rate_limited", words: "The model server takes no more requests for now (429): its rate limit is reached.", mayRetry: true };
  if (status === 409 || status === 425) return { reason: "busy", words: `The model server asks to come again later (${status}).`, mayRetry: true };
  if (status >= 500) return { reason: "server_failed", words: `The model server has failed (${status}).`, mayRetry: true };
  return { reason: "request_refused", words: `The model server refuses the request (${status}).` };
}
