/**
 * Chat completions: the answers of all kinds of servers are translated to what OpenAI would have sent, and requests to a form that every
 * server accepts. Text meant for the person is never dropped; nothing is read from the network here.
 */
import { isRecord, type Json } from "../../../protocol/json/values.ts";
import type { Aside, Dialect, Incomplete } from "../dialect.ts";
import { BrokenOff, errorIn, noAnswer } from "../server-error.ts";
import { ThinkTags, type Said } from "../think-tags.ts";
import { tokenCounts } from "../token-counts.ts";
import { readDelta, type Delta } from "./delta.ts";
import { KeptFields } from "./kept.ts";
import { ToolCalls, type ToolCall } from "./tool-calls.ts";

/** A chunk as OpenAI sends it. Thoughts are in `reasoning_content`, whatever the server calls them. */
export type Chunk = {
  id?: string | undefined;
  object: "chat.completion.chunk";
  created: number;
  model: string;
  choices: Choice[];
  usage?: unknown;
  aside?: Aside;
};
type Choice = { index: 0; delta: Json; finish_reason: string | null; logprobs: unknown };

const CUT: [RegExp, Incomplete][] = [
  [/^(length|max_?(output_)?tokens|max_length|model_length)/i, "max_output_tokens"],
  [/^(content[_-]?filter|safety|sensitive|recitation|prohibited|blocklist|spii|guardrail)/i, "content_filter"],
];
/** Values of `finish_reason` that mean an error: the server gave up. */
const BROKEN = /^(error|abort|cancel|network|timeout|insufficient_system_resource|malformed|function_call_filter|engine)/i;

/** Translates one answer of a chat completions server to OpenAI's chunks. */
export class ChatAnswer implements Dialect<Chunk> {
  readonly #tags = new ThinkTags();
  readonly #calls: ToolCalls;
  readonly #kept = new KeptFields();
  #base: Omit<Chunk, "choices"> = { object: "chat.completion.chunk", created: 0, model: "" };
  #finish: string | undefined;
  #hasBegun = false;
  /** Whether there was text, a refusal or audio. */
  #hasContent = false;

  /** @param usedIds the ids of the tool calls in the request */
  constructor(usedIds?: ReadonlySet<string>) {
    this.#calls = new ToolCalls(usedIds);
  }

  get isFinished(): boolean {
    return this.#finish !== undefined;
  }

  passes(given: unknown): boolean {
    const plain = plainText(given as Chunk);
    return plain !== undefined && this.#tags.takesPlain(plain);
  }

  take(given: unknown): Chunk[] {
    return isRecord(given) && this.passes(given) ? [given as Chunk] : this.#read(given);
  }

  end(isDone: boolean): { events: Chunk[]; failure?: Error | undefined } {
    const events = this.#chunks(this.#tags.end());
    const cut = CUT.find(([reason]) => reason.test(this.#finish ?? ""))?.[1];
    const calls = this.#calls.whole(cut !== undefined);
    const failure = this.#failure(isDone, calls);
    if (failure) return { events, failure };
    const fields = this.#kept.of(calls);
    const aside: Aside = { ...(cut && { incomplete: cut }), ...(fields && { kept: fields }) };
    const delta = calls.length > 0 ? { tool_calls: calls.map(callPart) } : {};
    return {
      events: [...events, { ...this.#chunk(delta, this.#finishReason(cut, calls)), ...(Object.keys(aside).length > 0 && { aside }) }],
    };
  }

  whole(body: Json): Chunk[] {
    const { choices } = body;
    if (!Array.isArray(choices)) throw errorIn(body) ?? noAnswer("JSON that is no completion");
    if (choices.length === 0) throw errorIn(body) ?? noAnswer("a completion without choices");
    const events = this.#read(body);
    const { events: last, failure } = this.end(true);
    if (failure) throw failure;
    return [...events, ...last];
  }

  #read(given: unknown): Chunk[] {
    const error = errorIn(given);
    if (error) throw error;
    if (!isRecord(given)) return [];
    this.#base = baseOf(given, this.#base);
    const choice = chosen(given["choices"]);
    const usage = given["usage"];
    const withUsage = isRecord(usage) ? [{ ...this.#base, choices: [], usage: tokenCounts(usage) }] : [];
    if (!choice) return withUsage;
    const failed = errorIn({ error: choice["error"] });
    if (failed) throw failed;
    this.#hasBegun = true;
    const { finish_reason: finish } = choice;
    if (typeof finish === "string" && finish !== "" && finish !== "null") this.#finish = finish;
    return [...this.#said(this.#deltaOf(choice)), ...withUsage];
  }

  #said(delta: Json | undefined): Chunk[] {
    if (!delta) return [];
    const said = readDelta(delta);
    this.#kept.add(delta);
    this.#calls.add(said.calls);
    if (said.refusal !== "" || said.rest["audio"]) this.#hasContent = true;
    const pieces = said.thought === "" ? [] : [{ thought: said.thought }];
    return [...this.#chunks(pieces), ...this.#chunks(this.#tags.take(said.text)), ...this.#besides(said)];
  }

  /** The delta of a chunk. Some servers send messages in place of deltas, and some repeat the whole message at the end. */
  #deltaOf(choice: Json): Json | undefined {
    const { delta, message, text } = choice;
    if (isRecord(delta) && Object.keys(delta).length > 0) return delta;
    if (isRecord(message))
      return this.#hasContent ? { ...message, content: null, refusal: null, reasoning_content: null, reasoning: null } : message;
    return typeof text === "string" ? { content: text } : undefined;
  }

  #chunks(pieces: Said[]): Chunk[] {
    return pieces.map((piece) => {
      if ("thought" in piece) return this.#chunk({ reasoning_content: piece.thought });
      this.#hasContent = !("withdrawn" in piece);
      if ("withdrawn" in piece) return { ...this.#chunk({}), aside: { withdrawn: piece.withdrawn } };
      return this.#chunk({ content: piece.text });
    });
  }

  #besides({ refusal, rest }: Delta): Chunk[] {
    const { role: _, ...other } = rest;
    const delta = { ...other, ...(refusal !== "" && { refusal }) };
    return Object.keys(delta).length > 0 ? [this.#chunk(delta)] : [];
  }

  #chunk(delta: Json, finish: string | null = null): Chunk {
    return { ...this.#base, choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }] };
  }

  #failure(isDone: boolean, calls: ToolCall[]): Error | undefined {
    const finish = this.#finish;
    if (!this.#hasBegun) return noAnswer(isDone ? "[DONE], and nothing before it" : "a stream without any event");
    if (finish !== undefined) return BROKEN.test(finish) ? new BrokenOff(`it finished with ${finish}`) : undefined;
    if (!isDone) return new BrokenOff("the stream ended with neither a finish_reason nor [DONE]");
    if (this.#calls.isBroken) return new BrokenOff("[DONE] in the middle of a tool call");
    return this.#hasContent || calls.length > 0 ? undefined : noAnswer("[DONE] without any text");
  }

  /** The SDK throws for an answer that was cut before any content. Here it counts as finished, and `aside` says that it was cut. */
  #finishReason(cut: Incomplete | undefined, calls: ToolCall[]): string {
    if (calls.length > 0) return "tool_calls";
    if (!cut || !this.#hasContent) return "stop";
    return cut === "content_filter" ? cut : "length";
  }
}

/** The text of a chunk that has OpenAI's form already and nothing but text; undefined for any other chunk. */
function plainText({ choices, error }: Chunk & { error?: unknown }): string | undefined {
  if (error || !Array.isArray(choices) || choices.length !== 1) return undefined;
  const { index, finish_reason: finish, delta } = choices[0] ?? ({} as Partial<Choice>);
  if (index !== 0 || finish || !delta || typeof delta["content"] !== "string") return undefined;
  const saysMore = delta["tool_calls"] || delta["reasoning_content"] || delta["reasoning"] || delta["reasoning_details"];
  return saysMore || delta["thinking"] || delta["refusal"] || delta["function_call"] ? undefined : delta["content"];
}

function baseOf(given: Json, before: Omit<Chunk, "choices">): Omit<Chunk, "choices"> {
  const { id, created, model } = given;
  return {
    object: "chat.completion.chunk",
    id: typeof id === "string" && id !== "" ? id : before.id,
    created: typeof created === "number" ? created : before.created,
    model: typeof model === "string" && model !== "" ? model : before.model,
  };
}

/** The choice with index 0, or else the first, since only one is ever asked for. */
function chosen(choices: unknown): Json | undefined {
  const list = (Array.isArray(choices) ? choices : []).filter(isRecord);
  return list.find((choice) => choice["index"] === 0) ?? list[0];
}

function callPart({ id, name, arguments: args, kept }: ToolCall, index: number): Json {
  return { index, id, type: "function", function: { name, arguments: args }, ...kept };
}
