/**
 * The Responses API: the events of servers that resemble OpenAI's are translated to what OpenAI would have sent. A correct event is never
 * changed; nothing is read from the network here.
 */
import { isRecord, type Json } from "../../../protocol/json/values.ts";
import { newCallId } from "../call-parts.ts";
import type { Dialect } from "../dialect.ts";
import { BrokenOff, errorIn, noAnswer } from "../server-error.ts";
import { textOf } from "../text-of.ts";
import { tokenCounts } from "../token-counts.ts";
import { outputItem } from "./items.ts";
import { StreamedMessage, type ResponsesEvent } from "./message.ts";

/** An output item being streamed. It is found by its index in the response, since some servers change its id with each event. */
type Slot = {
  id: string;
  index: number;
  message: StreamedMessage | undefined;
  arguments: string;
  /** Null for a message without content. */ item: Json | null;
  isDone: boolean;
  /** Whether events have brought its thoughts. */ hasThoughts?: boolean;
};

const ENDS = new Set(["response.completed", "response.done", "response.incomplete"]);
/** Events about an item, such as `response.output_text.done`, in contrast to those about the response, such as `response.created`. */
const OF_AN_ITEM = /^response\.\w+\.\w+/;
const OF_A_MESSAGE = /^response\.(content_part|output_text|refusal)\./;
const TOKENS = /token|length/i;
const FAILED = new Set<unknown>(["response.failed", "response.error", "response.cancelled"]);
/** Some servers call such a response completed. */
const FAILED_STATUSES = new Set<unknown>(["failed", "cancelled"]);

/** Translates one answer of a server that resembles the Responses API to OpenAI's events. */
export class ResponsesAnswer implements Dialect<ResponsesEvent> {
  readonly #slots: Slot[] = [];
  #response: Json = {};
  #hasBegun = false;
  #isOver = false;

  /** @param usedIds ids of the calls in the request: some servers use the same ids in every answer, and the SDK runs no id twice */
  constructor(private readonly usedIds: ReadonlySet<string> = new Set()) {}

  get isFinished(): boolean {
    return this.#isOver;
  }

  /** Nearly all events are deltas of the newest item. */
  passes(given: unknown): boolean {
    const event = given as ResponsesEvent;
    const newest = this.#slots.at(-1);
    if (event.type !== "response.output_text.delta" || !newest || newest.isDone || newest.index !== event["output_index"]) return false;
    return newest.message?.passes(event) ?? false;
  }

  take(given: unknown): ResponsesEvent[] {
    const event = given as ResponsesEvent;
    const failure = failureIn(given);
    if (failure) throw failure;
    if (!isRecord(given) || typeof event.type !== "string" || this.#isOver) return [];
    const events = this.#read(event);
    if (this.#hasBegun) return events;
    this.#hasBegun = true;
    return event.type === "response.created" ? events : [this.#created(), ...events];
  }

  end(isDone: boolean): { events: ResponsesEvent[]; failure?: Error | undefined } {
    if (this.#isOver) return { events: [] };
    const events = this.#slots.flatMap(({ message }) => message?.rest() ?? []);
    if (!this.#hasBegun) return { events, failure: noAnswer(isDone ? "[DONE], and nothing before it" : "a stream without any event") };
    const spoken = this.#slots.filter(({ item }) => item?.["type"] !== "reasoning");
    const isWhole = isDone && this.#slots.some(hasContent) && spoken.every(hasContent);
    if (!isWhole) return { events, failure: new BrokenOff("the stream ended without response.completed") };
    return { events: [...events, ...this.#over({ type: "response.completed", response: this.#response })] };
  }

  whole(body: Json): ResponsesEvent[] {
    const { output, status } = body;
    const failure = errorIn(body) ?? failureIn({ type: `response.${String(status)}`, response: body });
    if (failure) throw failure;
    if (!Array.isArray(output)) throw noAnswer("JSON that is no response");
    const items = output.filter(isRecord).flatMap((item, index) => [
      ...this.take({
        type: "response.output_item.added",
        output_index: index,
        item: item["type"] === "message" ? { ...item, content: [] } : item,
      }),
      ...this.take({ type: "response.output_item.done", output_index: index, item }),
    ]);
    const events = [
      ...items,
      ...this.take({ type: status === "incomplete" ? "response.incomplete" : "response.completed", response: body }),
    ];
    // A response that is made in the background is not complete yet.
    if (status === "queued" || status === "in_progress") (events.at(-1)!["response"] as Json)["status"] = status;
    return events;
  }

  #read(event: ResponsesEvent): ResponsesEvent[] {
    if (isRecord(event["response"])) this.#response = { ...this.#response, ...event["response"] };
    this.#response["id"] = textOf(this.#response["id"]) || `resp_${newCallId()}`;
    if (ENDS.has(event.type)) return this.#over(event);
    switch (event.type) {
      case "response.created":
        return [this.#created()];
      case "response.output_item.added":
        return this.#added(event);
      case "response.output_item.done":
        return this.#done(event);
      case "response.output_text.delta":
        return this.#message(event).delta(event);
      default:
        return OF_AN_ITEM.test(event.type) ? this.#about(event) : [event];
    }
  }

  #created(): ResponsesEvent {
    return { type: "response.created", response: { ...this.#response, status: "in_progress", output: [] } };
  }

  #added(event: ResponsesEvent): ResponsesEvent[] {
    const item = isRecord(event["item"]) ? event["item"] : {};
    const slot = this.#begin(event["output_index"], item);
    const added = { ...event, output_index: slot.index, item: outputItem(item, slot.id) };
    if (item["type"] !== "message") return [added];
    slot.message = new StreamedMessage(slot.id, slot.index, added);
    return [];
  }

  #done(event: ResponsesEvent): ResponsesEvent[] {
    const given = isRecord(event["item"]) ? event["item"] : {};
    const found = this.#find(event, given);
    if (found?.isDone && isSame(found, given)) return [];
    const slot = found && !found.isDone ? found : this.#begin(event["output_index"], given);
    if (given["type"] === "message") slot.message ??= announced(slot);
    return this.#finish(slot, given);
  }

  /** Any other event about an item: a message, the arguments of a call, thoughts, a tool that the server runs. */
  #about(event: ResponsesEvent): ResponsesEvent[] {
    if (event.type.startsWith("response.reasoning")) return this.#thought(event);
    const slot = this.#find(event, {});
    if (!slot) return OF_A_MESSAGE.test(event.type) ? this.#message(event).about(event) : [event];
    if (slot.message) return slot.message.about(event);
    if (event.type === "response.function_call_arguments.delta") slot.arguments += textOf(event["delta"]);
    if (event.type === "response.function_call_arguments.done") slot.arguments = textOf(event["arguments"]) || slot.arguments;
    return [{ ...event, item_id: slot.id, output_index: slot.index }];
  }

  /** Servers of open models stream the thoughts themselves, OpenAI's only summaries of them. Both are shown, so both become summaries. */
  #thought(event: ResponsesEvent): ResponsesEvent[] {
    const item = { type: "reasoning", id: event["item_id"], summary: [] };
    const found = this.#find(event, item);
    const added = found ? [] : this.#added({ type: "response.output_item.added", output_index: event["output_index"], item });
    const slot = found ?? this.#slots.at(-1)!;
    slot.hasThoughts = true;
    const place = { item_id: slot.id, output_index: slot.index, summary_index: event["summary_index"] ?? 0 };
    return [...added, { ...event, ...place, type: event.type.replace("reasoning_text", "reasoning_summary_text") }];
  }

  /** The end of the response, with the whole output: some servers send no output there, some send it only there. */
  #over(event: ResponsesEvent): ResponsesEvent[] {
    this.#isOver = true;
    const { output: named, status, incomplete_details: details, usage } = this.#response;
    const late = [...this.#named(Array.isArray(named) ? named.filter(isRecord) : []), ...this.#left()];
    const output = this.#slots.map((slot) => slot.item).filter((item) => item !== null);
    const response = { ...this.#response, output, status: "completed", ...(isRecord(usage) && { usage: tokenCounts(usage) }) };
    const isCut = event.type === "response.incomplete" || status === "incomplete";
    if (!isCut) return [...late, { ...event, type: "response.completed", response }];
    const reason = isRecord(details) && !TOKENS.test(textOf(details["reason"])) ? "content_filter" : "max_output_tokens";
    return [
      ...late,
      { ...event, type: "response.incomplete", response: { ...response, status: "incomplete", incomplete_details: { reason } } },
    ];
  }

  /** The events of items that only came with the end of the response. */
  #named(items: Json[]): ResponsesEvent[] {
    const left = new Set(this.#slots);
    return items.flatMap((item, index) => {
      const alike = [...left].filter((one) => isSameKind(one, item));
      const slot = alike.find((one) => isSame(one, item)) ?? alike.find((one) => one.index === index) ?? alike[0];
      if (slot) {
        left.delete(slot);
        if (!slot.isDone) return this.#finish(slot, item);
        if (slot.item) slot.item["id"] = item["id"] ?? slot.item["id"];
        return [];
      }
      const added = this.#added({
        type: "response.output_item.added",
        output_index: index,
        item: item["type"] === "message" ? { ...item, content: [] } : item,
      });
      return [...added, ...this.#finish(this.#slots.at(-1)!, item)];
    });
  }

  /** The ends of items that were streamed and not ended. */
  #left(): ResponsesEvent[] {
    const left = this.#slots.filter((slot) => !slot.isDone);
    return left.flatMap((slot) => {
      const { message, item, arguments: args } = slot;
      const held = message?.rest() ?? [];
      return [...held, ...this.#finish(slot, message?.item() ?? { ...item, ...(args !== "" && { arguments: args }) })];
    });
  }

  #finish(slot: Slot, given: Json): ResponsesEvent[] {
    slot.isDone = true;
    const item = this.#unique(outputItem(given, slot.id), slot);
    const end = { type: "response.output_item.done", output_index: slot.index, item };
    const done = slot.message?.done(item) ?? { item, events: [...lateThoughts(slot, item), end] };
    // In the history the server finds its own id again, be it another one than that of the events.
    slot.item = done.item && { ...done.item, id: given["id"] };
    return done.events;
  }

  #message(event: ResponsesEvent): StreamedMessage {
    const found = this.#find(event, { type: "message" });
    const slot = found && !found.isDone ? found : this.#begin(event["output_index"], { type: "message", id: event["item_id"] });
    return (slot.message ??= announced(slot));
  }

  #begin(index: unknown, item: Json): Slot {
    const id = textOf(item["id"]) || `item_${newCallId()}`;
    const slot: Slot = {
      id,
      index: typeof index === "number" ? index : this.#slots.length,
      message: undefined,
      arguments: "",
      item,
      isDone: false,
    };
    this.#slots.push(slot);
    return slot;
  }

  #find(event: ResponsesEvent, item: Json): Slot | undefined {
    const { output_index: index, item_id: id } = event;
    const newest = this.#slots.at(-1);
    if (typeof index === "number")
      return newest?.index === index && !newest.isDone ? newest : this.#slots.findLast((slot) => slot.index === index);
    return (
      this.#slots.findLast((slot) => slot.id === (id ?? item["id"])) ??
      this.#slots.findLast((slot) => !slot.isDone && (!item["type"] || slot.item?.["type"] === item["type"]))
    );
  }

  /** A tool call with a unique id; any other item as it is. */
  #unique(item: Json, slot?: Slot): Json {
    if (item["type"] !== "function_call") return item;
    const isTaken =
      this.usedIds.has(textOf(item["call_id"])) ||
      this.#slots.some((one) => one !== slot && one.isDone && one.item?.["call_id"] === item["call_id"]);
    return isTaken ? { ...item, call_id: newCallId() } : item;
  }
}

/** A message whose `output_item.added` was left out by the server. */
function announced({ id, index }: Slot): StreamedMessage {
  const item = { id, type: "message", role: "assistant", status: "in_progress", content: [] };
  return new StreamedMessage(id, index, { type: "response.output_item.added", output_index: index, item });
}

/** Whether it is something that a person gets, though the server may not say that it is complete. */
function hasContent({ isDone, message }: Slot): boolean {
  return isDone || message?.isOpen === true;
}

/** The events for thoughts that only came with the end of their item. */
function lateThoughts({ id, index, hasThoughts }: Slot, { type, summary, content }: Json): ResponsesEvent[] {
  if (type !== "reasoning" || hasThoughts) return [];
  const summaries = (summary as Json[]).map(textOf);
  const texts = summaries.some((text) => text !== "") ? summaries : [textOf(content)];
  const thoughts = texts.filter((text) => text.trim() !== "");
  const place = { type: "response.reasoning_summary_text.done", item_id: id, output_index: index };
  return thoughts.map((text, part) => ({ ...place, summary_index: part, text }));
}

function isSame({ id, item }: Slot, given: Json): boolean {
  return (
    id === given["id"] || (given["type"] === "function_call" && item?.["call_id"] !== undefined && item["call_id"] === given["call_id"])
  );
}

function isSameKind({ item, message }: Slot, given: Json): boolean {
  return message ? given["type"] === "message" : item?.["type"] === given["type"];
}

function failureIn(given: unknown): Error | undefined {
  if (!isRecord(given)) return errorIn(given);
  const { type, response } = given;
  const { error, status } = isRecord(response) ? response : {};
  if (FAILED.has(type) || FAILED_STATUSES.has(status)) {
    return (isRecord(response) ? errorIn(response) : undefined) ?? errorIn(given) ?? new BrokenOff(`${String(type)}, ${String(status)}`);
  }
  if (error) return errorIn({ error });
  return type === "error" || given["error"] || typeof type !== "string" ? errorIn(given) : undefined;
}
