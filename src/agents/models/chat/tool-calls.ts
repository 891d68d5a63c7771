import { isJson, isRecord, type Json } from "../../../protocol/json/values.ts";
import { argumentsOf, nameOf, newCallId } from "../call-parts.ts";
import { callFields } from "./fields.ts";

/** One complete tool call. */
export type ToolCall = { id: string; name: string; arguments: string; /** The fields that must be sent back with it. */ kept: Json };
type Part = ToolCall & { index: number | undefined };
type Delta = {
  id: string;
  index: number | undefined;
  name: string;
  arguments: string;
  /** The arguments came as an object. */ isWhole: boolean;
  kept: Json;
};

/**
 * Puts the tool calls of one answer together from the pieces in which they come. OpenAI gives each call an index, and its id and name
 * once. Other servers leave out the index, the id or both, give all calls the index 0, or each piece a new index, repeat the name, give
 * each piece a new id, or send a call whole, once or twice.
 */
export class ToolCalls {
  readonly #parts: Part[] = [];

  /** @param usedIds ids of earlier calls: some servers use the same ids in every answer, and the SDK runs no id twice */
  constructor(private readonly usedIds: ReadonlySet<string> = new Set()) {}

  /** Takes the `tool_calls` of a chunk: a list, or a single call. */
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

  /** All calls, with unique ids. When the answer was cut off, only the complete ones. */
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

  /** Whether some call is incomplete. */
  get isBroken(): boolean {
    return this.#parts.some((part) => !isJson(argumentsOf(part.arguments)));
  }

  /** The call to which this piece may belong. */
  #candidate(delta: Delta, position: number | undefined): Part | undefined {
    if (delta.id !== "") {
      const known = this.#parts.findLast((part) => part.id === delta.id);
      if (known) return known;
    }
    if (delta.index !== undefined) {
      const same = this.#parts.findLast((part) => part.index === delta.index);
      if (same) return same;
    }
    // When a chunk has several pieces without index, id and name, only their position tells to which call they belong.
    if (delta.index === undefined && position !== undefined && delta.id === "" && delta.name === "") return this.#parts[position];
    return this.#parts.at(-1);
  }

  #begin({ index, id }: Delta): Part {
    const part: Part = { index, id, name: "", arguments: "", kept: {} };
    this.#parts.push(part);
    return part;
  }
}

function deltaOf(given: Json): Delta {
  const fn = isRecord(given["function"]) ? given["function"] : given;
  const { id, index } = given;
  const { name, arguments: args } = fn;
  const isWhole = typeof args === "object" && args !== null;
  const number = typeof index === "number" ? index : typeof index === "string" ? Number.parseInt(index, 10) : Number.NaN;
  return {
    id: typeof id === "string" ? id : typeof id === "number" ? String(id) : "",
    // GLM sends -1, which is no index.
    index: number >= 0 ? number : undefined,
    name: typeof name === "string" ? name : "",
    arguments: isWhole ? JSON.stringify(args) : typeof args === "string" ? args : "",
    isWhole,
    kept: callFields(given),
  };
}

/** Whether a piece begins another call and does not continue `part`. */
function beginsAnother(part: Part, delta: Delta): boolean {
  const isNewId = delta.id !== "" && part.id !== "" && delta.id !== part.id;
  const isSameId = delta.id !== "" && delta.id === part.id;
  const isNewIndex = !isSameId && delta.index !== undefined && part.index !== undefined && delta.index !== part.index;
  const isWhole = part.arguments !== "" && isJson(part.arguments);
  if (delta.name === "") return isNewId && (isNewIndex || (isWhole && delta.arguments !== ""));
  if (part.name === "") return isNewId || isNewIndex;
  // The same index with another name: the next piece of the name, unless something shows that it is another call.
  if (delta.name !== part.name) return isNewId || isNewIndex || delta.index === undefined || part.arguments !== "";
  const looksBegun = delta.arguments === "" || delta.arguments.trimStart().startsWith("{");
  if (isNewId) return isNewIndex || looksBegun || isWhole;
  if (isNewIndex && looksBegun) return true;
  // The name is repeated. With the same complete arguments it is the same call once more, with other complete ones another call.
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

/** Whether the piece is the complete call once more, with its name, which some servers send at the end. */
function isRepeated(part: Part, delta: Delta): boolean {
  return delta.name !== "" && delta.arguments !== "" && delta.arguments === part.arguments && isJson(part.arguments);
}
