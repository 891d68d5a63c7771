import { isEnding, pieces, type Ending, type OutputSpec, type PartSpec } from "./model-script.ts";

/** A scripted answer as the events of the Responses API. */

export type ApiEvent = { type: string; [field: string]: unknown };
/** Ids of items and calls: `fresh` as OpenAI's, `one` for all items, or `repeated` from response to response. */
export type IdPolicy = "fresh" | "one" | "repeated";

let counter = 0;
const hex = () => (++counter).toString(16).padStart(24, "0");

export class Ids {
  #index = 0;
  constructor(readonly policy: IdPolicy) {}

  of(prefix: string): string {
    if (this.policy === "one") return "__fake_id__";
    return this.policy === "repeated" ? `${prefix}_${this.#index++}` : `${prefix}_${hex()}`;
  }
}

export type Step = ApiEvent | { pauseMs: number } | { ending: Ending };

/** The events of all output items; each finished item is pushed to `output`. */
export function* outputEvents(specs: OutputSpec[], ids: Ids, output: object[]): Generator<Step> {
  for (const [index, spec] of specs.entries()) {
    if ("sleep" in spec) yield { pauseMs: spec.sleep };
    else if (isEnding(spec)) return yield { ending: spec };
    else if ("raw" in spec) {
      yield spec.raw;
      if (spec.output) output.push(spec.output);
    } else yield* itemEvents(spec, ids, index, output);
  }
}

type ItemSpec = Exclude<OutputSpec, Ending | { sleep: number } | { raw: object }>;

function* itemEvents(spec: ItemSpec, ids: Ids, index: number, output: object[]): Generator<ApiEvent> {
  if ("tool" in spec) return yield* functionCall(spec, ids, index, output);
  if ("reasoning" in spec || "reasoning_text" in spec) return yield* reasoning(spec, ids, index, output);
  if ("image" in spec) return yield* image(spec.image, ids, index, output);
  if ("web_search" in spec) {
    const action = { type: "search", query: spec.web_search };
    return yield* hosted({ id: ids.of("ws"), type: "web_search_call", action }, index, output);
  }
  if ("file_search" in spec) {
    return yield* hosted({ id: ids.of("fs"), type: "file_search_call", queries: spec.file_search, results: null }, index, output);
  }
  yield* message(spec, ids, index, output);
}

function* wrapped(index: number, first: object, inner: Iterable<ApiEvent>, last: object, output: object[]): Generator<ApiEvent> {
  yield { type: "response.output_item.added", output_index: index, item: first };
  yield* inner;
  yield { type: "response.output_item.done", output_index: index, item: last };
  output.push(last);
}

function* message(spec: PartSpec & { parts?: PartSpec[] }, ids: Ids, index: number, output: object[]): Generator<ApiEvent> {
  const item = { id: ids.of("msg"), type: "message", role: "assistant" };
  const parts = spec.parts ?? [spec];
  const content = parts.map(finishedPart);
  const inner = parts.flatMap((part, i) => [...partEvents(part, { item_id: item.id, output_index: index, content_index: i })]);
  yield* wrapped(index, { ...item, status: "in_progress", content: [] }, inner, { ...item, status: "completed", content }, output);
}

function finishedPart(part: PartSpec): object {
  if (part.refusal !== undefined) return { type: "refusal", refusal: part.refusal };
  return { type: "output_text", text: part.text ?? "", annotations: part.annotations ?? [], logprobs: [] };
}

function* partEvents(part: PartSpec, at: object): Generator<ApiEvent> {
  const { refusal, text = "", annotations = [] } = part;
  if (refusal !== undefined) {
    yield { type: "response.content_part.added", ...at, part: { type: "refusal", refusal: "" } };
    for (const delta of pieces(refusal)) yield { type: "response.refusal.delta", ...at, delta };
    yield { type: "response.refusal.done", ...at, refusal };
  } else {
    yield { type: "response.content_part.added", ...at, part: { type: "output_text", text: "", annotations: [], logprobs: [] } };
    for (const delta of pieces(text, part.deltas)) yield { type: "response.output_text.delta", ...at, delta, logprobs: [] };
    yield { type: "response.output_text.done", ...at, text, logprobs: [] };
    for (const [i, annotation] of annotations.entries()) {
      yield { type: "response.output_text.annotation.added", ...at, annotation_index: i, annotation };
    }
  }
  yield { type: "response.content_part.done", ...at, part: finishedPart(part) };
}

function* functionCall(spec: { tool: string; args?: object | string }, ids: Ids, index: number, output: object[]): Generator<ApiEvent> {
  const args = typeof spec.args === "string" ? spec.args : JSON.stringify(spec.args ?? {});
  const item = { id: ids.of("fc"), type: "function_call", call_id: `call_${hex()}`, name: spec.tool };
  const at = { item_id: item.id, output_index: index };
  const deltas = pieces(args, 3).map((delta) => ({ type: "response.function_call_arguments.delta", ...at, delta }));
  const inner = [...deltas, { type: "response.function_call_arguments.done", ...at, arguments: args }];
  const last = { ...item, status: "completed", arguments: args };
  yield* wrapped(index, { ...item, status: "in_progress", arguments: "" }, inner, last, output);
}

type ReasoningSpec = { reasoning?: string[]; reasoning_text?: string };

function* reasoning(spec: ReasoningSpec, ids: Ids, index: number, output: object[]): Generator<ApiEvent> {
  const item = { id: ids.of("rs"), type: "reasoning" };
  const summary = (spec.reasoning ?? []).map((text) => ({ type: "summary_text", text }));
  const inner: ApiEvent[] = summary.flatMap(({ text }, i) => {
    const at = { item_id: item.id, output_index: index, summary_index: i };
    const deltas = pieces(text).map((delta) => ({ type: "response.reasoning_summary_text.delta", ...at, delta }));
    return [...deltas, { type: "response.reasoning_summary_text.done", ...at, text }];
  });
  const raw = spec.reasoning_text;
  const content = raw === undefined ? {} : { content: [{ type: "reasoning_text", text: raw }] };
  if (raw !== undefined) {
    const at = { item_id: item.id, output_index: index, content_index: 0 };
    inner.push({ type: "response.content_part.added", ...at, part: { type: "reasoning_text", text: "" } });
    inner.push({ type: "response.reasoning_text.delta", ...at, delta: raw });
    inner.push({ type: "response.reasoning_text.done", ...at, text: raw });
  }
  yield* wrapped(index, { ...item, summary: [] }, inner, { ...item, summary, ...content }, output);
}

function* image(spec: { id?: string; partials?: number; result?: string | null; bytes?: number }, ids: Ids, index: number, output: object[]): Generator<ApiEvent> {
  const item = { id: spec.id ?? ids.of("ig"), type: "image_generation_call" };
  const inner = Array.from({ length: spec.partials ?? 0 }, (_, i) => ({
    type: "response.image_generation_call.partial_image",
    item_id: item.id,
    output_index: index,
    partial_image_index: i,
    partial_image_b64: spec.bytes === undefined ? btoa(`partial${i}`) : pngOf(spec.bytes, i),
  }));
  const result = spec.bytes !== undefined ? pngOf(spec.bytes, 255) : spec.result === undefined ? btoa("image") : spec.result;
  yield* wrapped(index, { ...item, status: "in_progress", result: null }, inner, { ...item, status: "completed", result }, output);
}

const PNG_HEAD = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Base64 of a picture of one pixel, with so many bytes behind it. */
function pngOf(bytes: number, filling: number): string {
  return Buffer.concat([Buffer.from(PNG_HEAD, "base64"), Buffer.alloc(bytes, filling)]).toString("base64");
}

function* hosted(item: object, index: number, output: object[]): Generator<ApiEvent> {
  yield* wrapped(index, { ...item, status: "in_progress" }, [], { ...item, status: "completed" }, output);
}
