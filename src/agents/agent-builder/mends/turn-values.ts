import type { Edit, SourceText } from "../source/source-text.ts";
import type { Body } from "../source/workflow-body.ts";

/** The names by which the file tells what its history and its state are; see `file-imports.ts`. */
export const HISTORY = "chatkitHistory";
export const STATE = "chatkitState";

/** Marks the list that every turn begins with, before which the earlier turns belong, and the state, which placeholders name. */
export function markTurnValues(source: SourceText, body: Body): Edit[] {
  const code = source.code.slice(body.start, body.end);
  const history = /\b(?:const|let|var)\s+(?:\w+\s*:\s*(?:AgentInputItem\s*\[\]|Array\s*<\s*AgentInputItem\s*>)|conversationHistory(?:\s*:[^=;]+)?)\s*=\s*(?=\[)/.exec(code);
  // The type of a constant may be written out, in braces.
  const state = /\b(?:const|let|var)\s+state\s*(?::(?:[^=;{]|\{[^{}]*\})+)?=\s*(?=\{)/.exec(code);
  return [history && wrapped(source, body.start + history.index + history[0].length, HISTORY), state && wrapped(source, body.start + state.index + state[0].length, STATE)]
    .filter((edits) => edits !== null)
    .flat();
}

function wrapped(source: SourceText, open: number, name: string): Edit[] {
  const end = source.closing(open) + 1;
  return [
    { start: open, end: open, text: `${name}(` },
    { start: end, end, text: ")" },
  ];
}
