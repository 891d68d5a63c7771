import { isJson, isRecord, parsed, type Json } from "../json.ts";
import { callFields } from "./fields.ts";

/** One call of a tool, whole. */
export type ToolCall = { id: string; name: string; arguments: string; /** What has to come back with it. */ kept: Json };
type Part = ToolCall & { index: number | undefined };
type Delta = {
  id: string;
  index: number | undefined;
  name: string;
  arguments: string;
  /** They came as an object. */ isWhole: boolean;
  kept: Json;
};

/**
 * The tool calls of one answer, from the pieces they come in. OpenAI numbers calls and names each once; others leave out the index,
 * the id or both, number all calls 0, count on with each piece, repeat the name or give a new id with each piece, or send a call
 * whole, once or twice.
 */
export class ToolCalls {
  readonly #parts: Part[] = [];

  /** @param usedIds ids of calls of before: some servers give the same ones to every answer, and the SDK runs no call twice */
  constructor(private readonly usedIds: ReadonlySet<string> = new Set()) {}

  /** `tool_calls` of one chunk: a list, or one call by itself. */
  add(given: unknown): void {
    const touched = new Set<Part>();
    const deltas = (Array.isArray(given) ? given : [given]).filter(isRecord).map(deltaOf);
    for (const [position, delta] of deltas.entries()) {
      const candidate = this.#candidate(delta, deltas.length > 1 ? position : undefined);
      const isOther = !candidate || (touched.has(candidate) && delta.name !== "") || beginsAnother(candidate, delta);
      const part = isOther ? this.#begin(delta) : candidate;
      merge(part, delta);
      touched.add(part);
    }
  }

  /** All of them, with ids that nothing else has; of an answer that was cut off only those that are whole. */
  whole(wasCut: boolean): ToolCall[] {
    const ids = new Set(this.usedIds);
    const said = this.#parts.filter((part) => part.name !== "" || part.arguments !== "");
    const calls = said.map(({ index: _, ...part }) => ({ ...part, name: nameOf(part.name), arguments: argumentsOf(part.arguments) }));
    return calls
      .filter((call) => !wasCut || isJson(call.arguments))
      .map((call) => {
        const id = call.id === "" || ids.has(call.id) ? newCallId() : call.id;
        ids.add(id);
        return { ...call, id };
      });
  }

  /** Whether some call has no end yet. */
  get isBroken(): boolean {
    return this.#parts.some((part) => !isJson(argumentsOf(part.arguments)));
  }

  /** The call that this may be a piece of. */
  #candidate(delta: Delta, position: number | undefined): Part | undefined {
    if (delta.id !== "") {
      const known = this.#parts.findLast((part) => part.id === delta.id);
      if (known) return known;
    }
    if (delta.index !== undefined) {
      const same = this.#parts.findLast((part) => part.index === delta.index);
      if (same) return same;
    }
    // Several at once without any name tell themselves apart by their place alone.
    if (delta.index === undefined && position !== undefined && delta.id === "" && delta.name === "") return this.#parts[position];
    return this.#parts.at(-1);
  }

  #begin({ index, id }: Delta): Part {
    const part: Part = { index, id, name: "", arguments: "", kept: {} };
    this.#parts.push(part);
    return part;
  }
}

/** 9 letters and digits: what Mistral asks for, and no other minds. */
export function newCallId(): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => alphabet[byte % alphabet.length]).join("");
}

function deltaOf(given: Json): Delta {
  const fn = isRecord(given["function"]) ? given["function"] : given;
  const { id, index } = given;
  const { name, arguments: args } = fn;
  const isWhole = typeof args === "object" && args !== null;
  const number = typeof index === "number" ? index : typeof index === "string" ? Number.parseInt(index, 10) : Number.NaN;
  return {
    id: typeof id === "string" ? id : typeof id === "number" ? String(id) : "",
    // Below 0 it numbers nothing: GLM's -1.
    index: number >= 0 ? number : undefined,
    name: typeof name === "string" ? name : "",
    arguments: isWhole ? JSON.stringify(args) : typeof args === "string" ? args : "",
    isWhole,
    kept: callFields(given),
  };
}

/** Whether a piece is of another call than the one it could go on with. */
function beginsAnother(part: Part, delta: Delta): boolean {
  const isNewId = delta.id !== "" && part.id !== "" && delta.id !== part.id;
  const isSameId = delta.id !== "" && delta.id === part.id;
  const isNewIndex = !isSameId && delta.index !== undefined && part.index !== undefined && delta.index !== part.index;
  const isWhole = part.arguments !== "" && isJson(part.arguments);
  if (delta.name === "") return isNewId && (isNewIndex || (isWhole && delta.arguments !== ""));
  if (part.name === "") return isNewId || isNewIndex;
  // The same number with another name: the next piece of the name, if nothing speaks against it.
  if (delta.name !== part.name) return isNewId || isNewIndex || delta.index === undefined || part.arguments !== "";
  const looksBegun = delta.arguments === "" || delta.arguments.trimStart().startsWith("{");
  if (isNewId) return isNewIndex || looksBegun || isWhole;
  if (isNewIndex && looksBegun) return true;
  // The name is repeated. The whole call once more is that call, another whole one is another.
  return isWhole && delta.arguments !== part.arguments && isJson(delta.arguments);
}

function merge(part: Part, delta: Delta): void {
  if (part.id === "") part.id = delta.id;
  part.index = delta.index ?? part.index;
  if (delta.name !== part.name) part.name = delta.name.startsWith(part.name) ? delta.name : part.name + delta.name;
  Object.assign(part.kept, delta.kept);
  if (delta.isWhole) part.arguments = delta.arguments;
  else if (!isRepeated(part, delta)) part.arguments += delta.arguments;
}

/** The whole call once more, with its name, as some servers end. */
function isRepeated(part: Part, delta: Delta): boolean {
  return delta.name !== "" && delta.arguments !== "" && delta.arguments === part.arguments && isJson(part.arguments);
}

/** The SDK takes no other characters back, and a tool of such a name there is none: the model is told so. */
export function nameOf(name: string): string {
  return name.trim().replace(/[^a-zA-Z0-9_-]/g, "_") || "unnamed";
}

/** What a tool without parameters is called with is left out, empty or null; some write JSON into a string of JSON, Bedrock `{}` before it. */
export function argumentsOf(given: string): string {
  const text = given.trim().replace(/^\{\}(?=\{)/, "");
  const value = text === "" ? null : parsed(text);
  if (value === null) return "{}";
  return typeof value === "string" && isRecord(parsed(value)) ? value : text;
}
