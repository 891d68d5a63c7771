import type { SourceText } from "./source-text.ts";
import { bodyStart } from "./workflow-body.ts";

/** The calls by which exported files ask guardrails. */
const GUARDRAILS = String.raw`\w*[gG]uardrails?\w*|checkPlainText`;
const FUNCTION = /\bfunction\s+(\w+)\s*(?=\()|\b(?:const|let|var)\s+(\w+)\s*(?::[^=;]+)?=\s*(?:async\b\s*)?(?:function\b\s*\w*\s*(?=\()|(?:\([^()]*\)\s*(?::[^={]+)?|\w+\s*)=>\s*)/g;

/**
 * The calls by which the file has guardrails judge a text: those of the exporter's names, functions of the file around them, and what it
 * imports from files beside it when guardrails are used there.
 */
export function judgingCalls(source: SourceText, isJudgedBeside: boolean): RegExp {
  const names = [GUARDRAILS, ...functionsAround(source)];
  if (isJudgedBeside) names.push(...importedFromBeside(source.text));
  return new RegExp(String.raw`(?<![\w$])(?:${names.join("|")})\s*\(`);
}

function functionsAround(source: SourceText): string[] {
  const judging = new RegExp(String.raw`(?<![\w$])(?:${GUARDRAILS})\s*\(`);
  return [...source.code.matchAll(FUNCTION)].flatMap((match) => {
    const name = (match[1] ?? match[2])!;
    return name !== "runWorkflow" && judging.test(bodyOf(source, match.index + match[0].length)) ? [name] : [];
  });
}

/** The code of a function from its parameters on, or from behind its arrow. */
function bodyOf(source: SourceText, from: number): string {
  const { code } = source;
  if (code[from] !== "(" && code[from] !== "{") return /^.*/.exec(code.slice(from))![0];
  const open = code[from] === "(" ? bodyStart(code, source.closing(from) + 1) : from;
  return open < 0 ? "" : code.slice(open, source.closing(open));
}

function importedFromBeside(text: string): string[] {
  return [...text.matchAll(/\bimport\s+([^;"']+?)\s+from\s*["']\.{1,2}\//g)].flatMap(([, names]) => {
    const all = /\*\s+as\s+(\w+)/.exec(names!)?.[1];
    return all === undefined ? [...names!.matchAll(/(\w+)\s*(?=[,}]|$)/g)].map((match) => match[1]!) : [String.raw`${all}\s*\.\s*\w+`];
  });
}
