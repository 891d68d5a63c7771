import { isRecord, type Json } from "../../../protocol/json/values.ts";
import { textOf } from "../text-of.ts";

/** The content of one delta, or of one whole message. */
export type Delta = { text: string; thought: string; refusal: string; calls: unknown[]; rest: Json };

/** The fields in which servers send thoughts; some fill several of them with the same thought. */
const THOUGHTS = ["reasoning_content", "reasoning", "thinking", "reasoning_details"];
const THOUGHT_PARTS = new Set(["thinking", "thought", "reasoning", "reasoning_text", "reasoning_content"]);

export function readDelta(delta: Json): Delta {
  const parts = Array.isArray(delta["content"]) ? delta["content"] : [delta["content"]];
  const said: Delta = { text: "", thought: thoughtBeside(delta), refusal: textOf(delta["refusal"]), calls: callsOf(delta), rest: {} };
  for (const part of parts) {
    const type = isRecord(part) ? part["type"] : undefined;
    if (typeof type === "string" && THOUGHT_PARTS.has(type)) said.thought += textOf(part);
    else if (type === "refusal") said.refusal += textOf(part);
    else said.text += textOf(part);
  }
  for (const field of ["role", "annotations", "audio"]) if (delta[field]) said.rest[field] = delta[field];
  return said;
}

function thoughtBeside(delta: Json): string {
  for (const field of THOUGHTS) {
    const thought = textOf(delta[field]);
    if (thought !== "") return thought;
  }
  return "";
}

function callsOf(delta: Json): unknown[] {
  const { tool_calls: calls, function_call: legacy } = delta;
  const list = Array.isArray(calls) ? calls : isRecord(calls) ? [calls] : [];
  return isRecord(legacy) ? [...list, { index: 0, function: legacy }] : list;
}
