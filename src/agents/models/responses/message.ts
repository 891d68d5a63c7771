import { isRecord, type Json } from "../../../protocol/json/values.ts";
import { textOf } from "../text-of.ts";
import { ThinkTags, type Said } from "../think-tags.ts";

/** An event of the Responses API. */
export type ResponsesEvent = Json & { type: string };

/**
 * One message of a response while it is streamed. It is announced with its first text, since a message that stays blank is dropped (some
 * models send one before their tool calls), and thoughts that the server leaves in the text come before it.
 */
export class StreamedMessage {
  readonly #tags = new ThinkTags();
  /** The events that announce the message. */
  readonly #opening: ResponsesEvent[];
  #isOpen = false;
  #isThinking = false;
  #thought = "";
  #refusal = "";
  /** How many characters of text the server has sent. Fewer are shown when some were thoughts, or blank lines at the start. */
  #sent = 0;

  constructor(
    readonly id: string,
    readonly index: number,
    added: ResponsesEvent,
  ) {
    this.#opening = [added];
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a piece of text needs no translation; then it has been taken. */
  passes({ delta, item_id: id, output_index: index, content_index: part }: ResponsesEvent): boolean {
    const isRight = typeof delta === "string" && id === this.id && index === this.index && typeof part === "number";
    if (!isRight || !this.#isOpen || !this.#tags.takesPlain(delta)) return false;
    this.#sent += delta.length;
    return true;
  }

  /** Takes a piece of text. */
  delta(event: ResponsesEvent): ResponsesEvent[] {
    if (this.passes(event)) return [event];
    const text = textOf(event["delta"]);
    this.#sent += text.length;
    return this.#said(this.#tags.take(text), event["content_index"]);
  }

  /** Takes any other event about the message. */
  about(event: ResponsesEvent): ResponsesEvent[] {
    const placed = { ...event, ...this.#place(event["content_index"]) };
    switch (event.type) {
      case "response.content_part.added":
        return this.#partAdded(placed);
      case "response.output_text.done":
        return this.#partDone(placed, event["text"], (text) => ({ ...placed, text }));
      case "response.content_part.done":
        return this.#partDone(placed, event["part"], (text) => ({ ...placed, part: withText(event["part"], text) }));
      case "response.refusal.delta":
        this.#refusal += textOf(event["delta"]);
        return [...this.#open(), placed];
      case "response.refusal.done":
        this.#refusal = textOf(event["refusal"]) || this.#refusal;
        return [...this.#open(), placed];
      default:
        return [...this.#open(), placed];
    }
  }

  /** Ends the message; returns the last events and its item, which is null when it has no content. */
  done(item: Json): { events: ResponsesEvent[]; item: Json | null } {
    const content = (item["content"] as Json[]) ?? [];
    const events = [
      ...this.#late(content.filter(isText).map(textOf).join(""), 0),
      ...this.#said(this.#tags.end(), 0),
      ...this.#thoughtDone(),
    ];
    if (content.some((part) => !isText(part))) events.push(...this.#open());
    if (!this.#isOpen) return { events, item: null };
    const final = this.#isRewritten ? { ...item, content: rewritten(content, this.#tags.text) } : item;
    return { events: [...events, { type: "response.output_item.done", output_index: this.index, item: final }], item: final };
  }

  /** The events for text that is still held back, without ending the message. */
  rest(): ResponsesEvent[] {
    return [...this.#said(this.#tags.end(), 0), ...this.#thoughtDone()];
  }

  /** The message as an item, for servers that send none at its end; null when it has no content. */
  item(): Json | null {
    if (!this.#isOpen) return null;
    const { text } = this.#tags;
    const refused = this.#refusal === "" ? [] : [{ type: "refusal", refusal: this.#refusal }];
    const content = [...(text === "" && refused.length > 0 ? [] : [{ type: "output_text", text, annotations: [] }]), ...refused];
    return { id: this.id, type: "message", role: "assistant", status: "completed", content };
  }

  #partAdded(event: ResponsesEvent): ResponsesEvent[] {
    const { part } = event;
    if (isRecord(part) && part["type"] !== "output_text" && part["type"] !== "text") return [...this.#open(), event];
    const added = { ...event, part: withText(part, "") };
    if (this.#isOpen) return [added];
    this.#opening.push(added);
    return [];
  }

  /** The end of a part with its whole text, which some servers send only here. */
  #partDone(placed: ResponsesEvent, whole: unknown, event: (text: string) => ResponsesEvent): ResponsesEvent[] {
    const isOther = isRecord(whole) && !isText(whole);
    if (isOther) return [...this.#open(), placed];
    const text = textOf(whole);
    const events = [...this.#late(text, placed["content_index"]), ...this.#said(this.#tags.end(), placed["content_index"])];
    return this.#isOpen ? [...events, event(this.#isRewritten ? this.#tags.text : text)] : events;
  }

  /** The events for text that has not come in pieces. */
  #late(text: string, part: unknown): ResponsesEvent[] {
    if (this.#sent > 0) return [];
    this.#sent = text.length;
    return this.#said(this.#tags.take(text), part);
  }

  get #isRewritten(): boolean {
    return this.#sent !== this.#tags.text.length;
  }

  #said(pieces: Said[], part: unknown): ResponsesEvent[] {
    return pieces.flatMap((piece) => {
      if ("thought" in piece) return this.#thinks(piece.thought);
      if ("withdrawn" in piece) return this.#withdraws(piece.withdrawn);
      return [
        ...this.#thoughtDone(),
        ...this.#open(),
        { type: "response.output_text.delta", ...this.#place(part), delta: piece.text, logprobs: [] },
      ];
    });
  }

  #thinks(delta: string): ResponsesEvent[] {
    const item = { id: `${this.id}_thought`, type: "reasoning", summary: [] };
    const begin = this.#isThinking ? [] : [{ type: "response.output_item.added", output_index: this.index, item }];
    this.#isThinking = true;
    this.#thought += delta;
    return [...begin, { type: "response.reasoning_summary_text.delta", ...this.#thoughtPlace, delta }];
  }

  #thoughtDone(): ResponsesEvent[] {
    if (!this.#isThinking) return [];
    this.#isThinking = false;
    return [{ type: "response.reasoning_summary_text.done", ...this.#thoughtPlace, text: this.#thought }];
  }

  #withdraws(withdrawn: string): ResponsesEvent[] {
    this.#isOpen = false;
    return [{ type: "response.output_text.withdrawn", ...this.#place(0), aside: { withdrawn } }];
  }

  #open(): ResponsesEvent[] {
    if (this.#isOpen) return [];
    this.#isOpen = true;
    return this.#opening.slice();
  }

  #place(part: unknown): Json {
    return { item_id: this.id, output_index: this.index, content_index: typeof part === "number" ? part : 0 };
  }

  get #thoughtPlace(): Json {
    return { item_id: `${this.id}_thought`, output_index: this.index, summary_index: 0 };
  }
}

function isText(part: unknown): boolean {
  return typeof part === "string" || (isRecord(part) && (part["type"] === "output_text" || part["type"] === "text"));
}

function withText(part: unknown, text: string): Json {
  return { annotations: [], ...(isRecord(part) ? part : {}), type: "output_text", text };
}

/** The parts, with `text` as the text of the first. */
function rewritten(content: Json[], text: string): Json[] {
  const first = content.findIndex(isText);
  return content.flatMap((part, i) => (i === first ? [{ ...part, text }] : isText(part) ? [] : [part]));
}
