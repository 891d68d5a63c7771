import type { DemoAnswer } from "./demo-answer.ts";

/** An event of the Responses API's stream. */
export type ResponsesEvent = { type: string; [field: string]: unknown };

/** A finished output item in the form of the Responses API. */
export type OutputItem = { id: string; status: "completed" } & (
  | { type: "message"; role: "assistant"; content: { type: "output_text"; text: string; annotations: [] }[] }
  | { type: "function_call"; call_id: string; name: string; arguments: string }
);

export function outputItem(answer: DemoAnswer): OutputItem {
  const id = crypto.randomUUID().replaceAll("-", "");
  if ("call" in answer) return { id: `fc_${id}`, type: "function_call", status: "completed", call_id: `call_${id}`, ...answer.call };
  const content = [{ type: "output_text" as const, text: answer.text, annotations: [] as [] }];
  return { id: `msg_${id}`, type: "message", status: "completed", role: "assistant", content };
}

/** The events with which the Responses API streams such an item; each word is a delta. */
export function* itemEvents(item: OutputItem): Generator<ResponsesEvent> {
  const place = { item_id: item.id, output_index: 0 };
  if (item.type === "function_call") {
    yield { type: "response.output_item.added", output_index: 0, item: { ...item, arguments: "", status: "in_progress" } };
    yield { type: "response.function_call_arguments.delta", ...place, delta: item.arguments };
    yield { type: "response.function_call_arguments.done", ...place, name: item.name, arguments: item.arguments };
  } else {
    yield { type: "response.output_item.added", output_index: 0, item: { ...item, content: [], status: "in_progress" } };
    yield* textEvents(item.content[0]?.text ?? "", { ...place, content_index: 0 });
  }
  yield { type: "response.output_item.done", output_index: 0, item };
}

function* textEvents(text: string, place: object): Generator<ResponsesEvent> {
  const part = { type: "output_text", text: "", annotations: [] };
  yield { type: "response.content_part.added", ...place, part };
  for (const delta of text.match(/\S+\s*|\s+/g) ?? []) yield { type: "response.output_text.delta", ...place, delta, logprobs: [] };
  yield { type: "response.output_text.done", ...place, text, logprobs: [] };
  yield { type: "response.content_part.done", ...place, part: { ...part, text } };
}
