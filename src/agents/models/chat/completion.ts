import { isRecord, type Json } from "../../../protocol/json/values.ts";
import type { Chunk } from "./answer.ts";

/** The completion that OpenAI would have sent, made from the chunks of an answer. */
export function completionOf(chunks: readonly Chunk[]): Json {
  const message: Json = { role: "assistant", content: "", refusal: null };
  let finish = "stop";
  for (const { choices, aside } of chunks) {
    if (aside?.withdrawn !== undefined) message["content"] = "";
    for (const { delta, finish_reason: reason } of choices) {
      add(message, delta);
      finish = reason ?? finish;
    }
  }
  if (message["content"] === "" && (message["refusal"] || message["tool_calls"])) message["content"] = null;
  const { id = "chatcmpl", created = 0, model = "" } = chunks.findLast((chunk) => chunk.id !== undefined) ?? {};
  const usage = chunks.findLast((chunk) => isRecord(chunk.usage))?.usage;
  const aside = chunks.findLast((chunk) => chunk.aside?.kept)?.aside;
  const choice = { index: 0, message, finish_reason: finish, logprobs: null };
  return { id, object: "chat.completion", created, model, choices: [choice], usage, ...(aside && { aside }) };
}

function add(message: Json, delta: Json): void {
  for (const [field, value] of Object.entries(delta)) {
    const before = message[field];
    message[field] = typeof value === "string" && typeof before === "string" ? before + value : value;
  }
}
