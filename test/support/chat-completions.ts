import { pieces, type OutputSpec } from "./model-script.ts";

/** A scripted answer as chat completions: one id for all there is, as their servers send it. */

const ID = "chatcmpl-1";
const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
let calls = 0;

export function* chatChunks(specs: OutputSpec[]): Generator<object> {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: ID,
    object: "chat.completion.chunk",
    created: 0,
    model: "fake",
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
  });
  let tools = 0;
  yield chunk({ role: "assistant", content: "" });
  for (const spec of specs) {
    if ("text" in spec) for (const content of pieces(spec.text ?? "", spec.deltas)) yield chunk({ content });
    if ("refusal" in spec) yield chunk({ refusal: spec.refusal });
    if ("tool" in spec) {
      const args = typeof spec.args === "string" ? spec.args : JSON.stringify(spec.args ?? {});
      const call = { index: tools++, id: `call_${++calls}`, type: "function", function: { name: spec.tool, arguments: args } };
      yield chunk({ tool_calls: [call] });
    }
  }
  yield chunk({}, tools > 0 ? "tool_calls" : "stop");
  yield { ...chunk({}), choices: [], usage: USAGE };
}

export function chatCompletion(specs: OutputSpec[]): object {
  const content = specs.map((spec) => ("text" in spec ? spec.text : "")).join("");
  const choice = { index: 0, message: { role: "assistant", content, refusal: null }, finish_reason: "stop", logprobs: null };
  return { id: ID, object: "chat.completion", created: 0, model: "fake", choices: [choice], usage: USAGE };
}
