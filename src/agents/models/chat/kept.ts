import { isRecord, type Json } from "../../../protocol/json/values.ts";
import type { Aside } from "../dialect.ts";
import { textOf } from "../text-of.ts";
import { THOUGHT_LISTS, THOUGHT_TEXTS } from "./fields.ts";
import type { ToolCall } from "./tool-calls.ts";

/** Collects the fields of a message that must be sent back, from the pieces in which they come. */
export class KeptFields {
  readonly #texts: Json = {};
  readonly #lists: Record<string, Json[]> = {};

  add(delta: Json): void {
    for (const field of THOUGHT_TEXTS) {
      // An empty thought is kept too: DeepSeek refuses a call in the history without this field.
      if (typeof delta[field] === "string" || isRecord(delta[field]))
        this.#texts[field] = textOf(this.#texts[field]) + textOf(delta[field]);
    }
    for (const field of THOUGHT_LISTS) {
      const given = delta[field];
      if (Array.isArray(given)) for (const part of given.filter(isRecord)) grow((this.#lists[field] ??= []), part);
    }
  }

  /** What to keep with these calls; undefined when there is nothing, or no calls. */
  of(calls: ToolCall[]): Aside["kept"] {
    if (calls.length === 0) return undefined;
    const message: Json = { ...this.#texts, ...this.#lists };
    const own = calls.filter(({ kept }) => Object.keys(kept).length > 0).map(({ id, kept }) => [id, kept] as const);
    return own.length > 0 || Object.keys(message).length > 0 ? { message, calls: Object.fromEntries(own) } : undefined;
  }
}

const PIECES = new Set(["text", "summary", "data", "thinking"]);

/** Adds a part to the list. It continues the last one when that has the same type and index, and no signature yet. */
function grow(list: Json[], part: Json): void {
  const last = list.at(-1);
  if (!last || last["type"] !== part["type"] || last["index"] !== part["index"] || last["signature"]) return void list.push({ ...part });
  for (const [field, value] of Object.entries(part)) {
    const before = last[field];
    const isPiece = PIECES.has(field) && typeof value === "string" && typeof before === "string";
    if (value !== null) last[field] = isPiece ? before + value : value;
  }
}
