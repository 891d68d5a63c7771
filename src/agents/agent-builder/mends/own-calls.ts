import type { SourceText } from "../source/source-text.ts";
import type { Body } from "../source/workflow-body.ts";
import { replaceAll, type Mended } from "./mend.ts";

/** A call of the workflow beside its definition, with which somebody has tried the file: here it would ask the models at each start. */
export function mendOwnCalls(source: SourceText, body: Body): Mended {
  return replaceAll(source, /(?<!function\s+)\brunWorkflow\s*\(/g, ({ index }) => {
    if ((index > body.start && index < body.end) || isInside(source, index)) return undefined;
    return { text: "(async () => ({}))(", told: "the file calls runWorkflow itself: left out, since messages of the chat do" };
  });
}

/** Whether the place is in a function or a block. */
function isInside({ code }: SourceText, place: number): boolean {
  let depth = 0;
  for (let i = 0; i < place; i++) {
    if (code[i] === "{") depth++;
    else if (code[i] === "}") depth--;
  }
  return depth > 0;
}
