import type { Aside } from "../dialect.ts";
import { isRecord, type Json } from "../json.ts";
import { textOf } from "./delta.ts";
import type { ToolCall } from "./tool-calls.ts";

/** Collects the fields of a message that must be sent back, from the pieces in which they come. */
export class KeptFields {
  readonly #texts: Record<string, string> = {};
  readonly #details: Json[] = [];

  add(delta: Json): void {
    for (const field of ["reasoning_content", "reasoning"]) {
      const text = textOf(delta[field]);
      if (text !== "") this.#texts[field] = (this.#texts[field] ?? "") + text;
    }
    const { reasoning_details: details } = delta;
    if (Array.isArray(details)) for (const detail of details.filter(isRecord)) this.#addDetail(detail);
  }

  /** What to keep with these calls; undefined when there is nothing, or no calls. */
  of(calls: ToolCall[]): Aside["kept"] {
    if (calls.length === 0) return undefined;
    const message: Json = { ...this.#texts, ...(this.#details.length > 0 && { reasoning_details: this.#details }) };
    const own = calls.filter(({ kept }) => Object.keys(kept).length > 0).map(({ id, kept }) => [id, kept] as const);
    return own.length > 0 || Object.keys(message).length > 0 ? { message, calls: Object.fromEntries(own) } : undefined;
  }

  /** Adds a detail. One with the same index as the last continues it. */
  #addDetail(detail: Json): void {
    const last = this.#details.at(-1);
    if (!last || last["type"] !== detail["type"] || last["index"] !== detail["index"] || detail["index"] === undefined) {
      this.#details.push({ ...detail });
      return;
    }
    for (const [field, value] of Object.entries(detail)) {
      const isPiece = ["text", "summary", "data"].includes(field) && typeof value === "string" && typeof last[field] === "string";
      if (value !== null) last[field] = isPiece ? `${last[field]}${value}` : value;
    }
  }
}
