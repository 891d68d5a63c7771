import type { SourceText } from "../source/source-text.ts";
import type { Body } from "../source/workflow-body.ts";
import type { Mended } from "./mend.ts";

/** A reference to a value of the workflow that the exporter has left in a text as it was written in Agent Builder. */
export const PLACEHOLDER = /\{\{\s*((?:workflow|state|input)(?:\.\w+)+)\s*\}\}/g;

/**
 * Placeholders in texts. In the workflow's own code they become templates; in the instructions of an agent they are filled in when it is
 * run (see `fill-in.ts`); anywhere else nothing has the value.
 */
export function mendPlaceholders(source: SourceText, body: Body): Mended {
  const mended: Mended = { edits: [], defects: [] };
  for (const { start, end } of source.literals) {
    const text = source.text.slice(start, end);
    const names = [...text.matchAll(PLACEHOLDER)].map((match) => match[1]!);
    if (names.length === 0) continue;
    const line = source.lineOf(start + text.search(PLACEHOLDER));
    const shown = `{{${names[0]}}}`;
    if (start > body.start && end < body.end && !names.some((name) => name.startsWith("input."))) {
      mended.edits.push({ start, end, text: asTemplate(text) });
      mended.defects.push({ line, text: `${shown} was left in a text: filled in`, isMended: true });
    } else if (/\binstructions\s*:\s*$/.test(source.code.slice(0, start)) || isInstructions(source, start)) {
      mended.defects.push({ line, text: `${shown} was left in the instructions: filled in when the agent is run`, isMended: true });
    } else {
      mended.defects.push({ line, text: `${shown} was left in a text where its value is not known: write the text without it`, isMended: false });
    }
  }
  return mended;
}

/** Whether the text is a constant that an agent has as its instructions. */
function isInstructions({ code }: SourceText, start: number): boolean {
  const name = /\b(?:const|let|var)\s+(\w+)\s*(?::[^=;]+)?=\s*$/.exec(code.slice(Math.max(0, start - 200), start))?.[1];
  return name !== undefined && new RegExp(String.raw`\binstructions\s*:\s*${name}\b|\binstructions\s*[,}]`).test(code);
}

function asTemplate(literal: string): string {
  const inside = literal.slice(1, -1);
  const raw = literal.startsWith("`") ? inside : inside.replace(/`|\$\{/g, (found) => `\\${found}`);
  return `\`${raw.replace(PLACEHOLDER, (_all, name: string) => `\${${name}}`)}\``;
}
