import { isRecord } from "../../protocol/json/values.ts";
import { readable } from "./readable.ts";
import { refusalFor } from "./guardrail-words.ts";
import type { Step } from "./turn.ts";

/** What the person is to see at the end of a workflow. */
export type Answer =
  | { kind: "text"; text: string; step?: Step }
  | { kind: "structured"; value: unknown; step?: Step }
  | { kind: "refusal"; text: string }
  | { kind: "none" };

/** Names of fields that hold what is said. */
const TEXTS: ReadonlySet<string> = new Set(["message", "text", "answer", "reply", "response", "content", "output"]);

/** What a workflow answers by what it returned and by what its agents said. */
export function answerOf(returned: unknown, steps: readonly Step[]): Answer {
  if (returned === undefined || returned === null) return lastOf(steps);
  if (typeof returned === "string") return textAnswer(returned, steps);
  if (typeof returned !== "object") return { kind: "text", text: String(returned) };
  const refusal = refusalFor(returned);
  if (refusal !== undefined) return { kind: "refusal", text: refusal };
  return Array.isArray(returned) ? { kind: "structured", value: returned } : ofObject(returned as Record<string, unknown>, steps);
}

function ofObject(returned: Record<string, unknown>, steps: readonly Step[]): Answer {
  // A file may return the result of the SDK itself.
  const output = "newItems" in returned ? returned["finalOutput"] : (returned["output_parsed"] ?? returned["output_text"]);
  if (output !== undefined && output !== null) return typeof output === "string" ? textAnswer(output, steps) : structuredAnswer(output, steps);
  const parts = Object.values(returned);
  // The results of several steps, by their names.
  if (parts.length > 0 && parts.every((part) => isRecord(part) && "output_text" in part)) return ofObject(parts.at(-1) as Record<string, unknown>, steps);
  const step = steps.findLast((one) => !one.isText && Bun.deepEquals(one.output, returned));
  if (step) return { kind: "structured", value: returned, step };
  const texts = Object.entries(returned).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const [name, text] = texts.length === 1 ? texts[0]! : [];
  // Beside other values a string is the answer only if it is a text, and not one value among them, such as a currency.
  if (text !== undefined && (Object.keys(returned).length === 1 || TEXTS.has(name!) || /\s/.test(text.trim()))) return textAnswer(text, steps);
  return Object.keys(returned).length === 0 ? lastOf(steps) : { kind: "structured", value: returned };
}

/** A text may be the JSON of a structured output: then that is the answer. */
function textAnswer(text: string, steps: readonly Step[]): Answer {
  const structured = steps.findLast((step) => !step.isText && step.output !== undefined && JSON.stringify(step.output) === text);
  if (structured) return { kind: "structured", value: structured.output, step: structured };
  const step = steps.findLast((one) => one.isText && typeof one.output === "string" && one.output.trim() === text.trim());
  if (text.trim() === "") return { kind: "none" };
  return { kind: "text", text, ...(step && { step }) };
}

function structuredAnswer(value: unknown, steps: readonly Step[]): Answer {
  const step = steps.findLast((one) => !one.isText && Bun.deepEquals(one.output, value));
  return { kind: "structured", value, ...(step && { step }) };
}

function lastOf(steps: readonly Step[]): Answer {
  const text = steps.findLast((step) => step.isText && typeof step.output === "string" && step.output.trim() !== "");
  if (text) return { kind: "text", text: text.output as string, step: text };
  const structured = steps.findLast((step) => !step.isText && step.output !== undefined);
  return structured ? { kind: "structured", value: structured.output, step: structured } : { kind: "none" };
}

/** The value as the text that is shown when there is no widget for it. */
export function answerText(answer: Answer & { kind: "structured" }): string {
  return readable(answer.value);
}
