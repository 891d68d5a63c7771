import type { SourceText } from "./source-text.ts";

/** The body of a function: the places of its braces. */
export type Body = { start: number; end: number };

const DECLARED = /\b(?:const|let|var)\s+runWorkflow\b|\bfunction\s+runWorkflow\b/;

/** Whether the file is a workflow as Agent Builder exports it: it defines `runWorkflow` and exports nothing else by default. */
export function isWorkflow(source: SourceText): boolean {
  const other = source.code.replace(/\bexport\s+default\s+(?:(?:async\s+)?function\s+runWorkflow\b|runWorkflow\s*;?|\{[^{}]*\brunWorkflow\b[^{}]*\}\s*;?)/, "");
  return DECLARED.test(source.code) && !/\bexport\s+default\b|\bas\s+default\b/.test(other);
}

/** The body of `runWorkflow`; undefined when it has none in braces. */
export function workflowBody(source: SourceText): Body | undefined {
  const { code } = source;
  const declared = DECLARED.exec(code);
  if (!declared) return undefined;
  const params = code.indexOf("(", declared.index);
  if (params < 0) return undefined;
  const start = bodyStart(code, source.closing(params) + 1);
  return start < 0 ? undefined : { start, end: source.closing(start) };
}

/** The first brace that is not part of the type of the result, such as `Promise<{ output_text: string }>`. */
export function bodyStart(code: string, from: number): number {
  let angles = 0;
  for (let i = from; i < code.length; i++) {
    const isArrow = code.startsWith("=>", i);
    if (isArrow) i++;
    else if (code[i] === "<") angles++;
    else if (code[i] === ">") angles--;
    else if (code[i] === "{" && angles === 0 && !/[:|&]\s*$/.test(code.slice(from, i))) return i;
    else if (code[i] === ";") return -1;
  }
  return -1;
}

export type Block = Body & { kind: "branch" | "loop" | "switch" | "end" | "other" };

/** The blocks around a place in the body, from the innermost to the body itself. */
export function blocksAround(source: SourceText, body: Body, place: number): Block[] {
  const open: number[] = [];
  for (let i = body.start; i < place; i++) {
    if ("([{".includes(source.code[i]!)) open.push(i);
    else if (")]}".includes(source.code[i]!)) open.pop();
  }
  const braces = open.filter((at) => source.code[at] === "{");
  return braces.reverse().map((start) => ({ start, end: source.closing(start), kind: start === body.start ? "end" : kindOf(source, start) }));
}

const WORDS: Record<string, Block["kind"]> = {
  if: "branch",
  else: "branch",
  try: "branch",
  catch: "branch",
  finally: "branch",
  while: "loop",
  for: "loop",
  do: "loop",
  switch: "switch",
};

function kindOf(source: SourceText, brace: number): Block["kind"] {
  const before = source.code.slice(0, brace).trimEnd();
  if (before.endsWith("=>")) return isTraceCallback(source, before, brace) ? "end" : "other";
  if (/[;{}]$/.test(before)) return "branch";
  const head = before.endsWith(")") ? source.code.slice(0, source.opening(before.length - 1)).trimEnd() : before;
  const word = /\b(\w+)$/.exec(head)?.[1] ?? "";
  return WORDS[word === "await" ? "for" : word] ?? "other";
}

/** Whether the function is the one that `withTrace` runs: what it returns, the workflow returns, at once or by a name. */
function isTraceCallback(source: SourceText, before: string, brace: number): boolean {
  const params = before.slice(0, -2).trimEnd();
  const from = params.endsWith(")") ? source.opening(params.length - 1) : params.length;
  const call = /\b(?:return|(?:const|let|var)\s+(\w+)\s*(?::[^=;\n]+)?=)\s*(?:await\s+)?withTrace\s*\([^()]*,\s*(?:async\s*)?$/.exec(source.code.slice(Math.max(0, from - 300), from));
  if (call?.[1] === undefined) return call !== null;
  return new RegExp(String.raw`^[^;{}]*\)\s*;?\s*return\s+${call[1]}\s*;?\s*\}`).test(source.code.slice(source.closing(brace) + 1));
}
