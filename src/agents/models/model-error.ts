import { MaxTurnsExceededError, ModelTimeoutError } from "@openai/agents";
import { APIConnectionTimeoutError, APIError } from "openai";
import { ChatKitError, CustomStreamError } from "../../errors.ts";

/** The network's own words for a model server that went away; a tool's network errors never get here: the SDK wraps them. */
const LOST = new Set(["ECONNREFUSED", "ECONNRESET", "ConnectionClosed", "ConnectionRefused", "ENOTFOUND", "ETIMEDOUT", "EPIPE"]);

/** What a run threw; errors of the model server become ours, anything else is passed on as it is. */
export function modelError(thrown: unknown): unknown {
  if (thrown instanceof ChatKitError) return thrown;
  if (thrown instanceof ModelTimeoutError || thrown instanceof APIConnectionTimeoutError) {
    return new ChatKitError("model_timeout", { cause: thrown });
  }
  if (thrown instanceof APIError) {
    const timedOut = thrown.status === 408 || thrown.status === 504;
    return new ChatKitError(timedOut ? "model_timeout" : "model_unavailable", { cause: thrown });
  }
  if (thrown instanceof MaxTurnsExceededError) {
    return new CustomStreamError("The assistant stopped: this took more steps than it may take.", { allowRetry: true });
  }
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  return LOST.has(code) ? new ChatKitError("model_unavailable", { cause: thrown }) : thrown;
}
