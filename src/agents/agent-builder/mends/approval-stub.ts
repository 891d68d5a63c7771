import type { SourceText } from "../source/source-text.ts";
import type { Mended } from "./mend.ts";

/** The name by which the file asks the person; see `file-imports.ts`. */
export const ASK = "chatkitApproval";

/** Up to the parameters; a type of the constant may have arrows in it. */
const DECLARED = /\b(?:(?:const|let|var)\s+approvalRequest\s*(?::(?:=>|[^=;])*)?=\s*(?=async\b|function\b|\(|\w+\s*=>)|(?=(?:async\s+)?function\s+approvalRequest\b))/;
const HEAD = /^(?:async\b\s*)?(?:function\b\s*\w*\s*)?/;
/** What changes nothing about the answer. */
const NOTES = /\bvoid\s+\w+\s*;?|\bconsole\s*\.\s*\w+\s*\((?:[^()]|\([^()]*\))*\)\s*;?/g;
const YES = String.raw`(?:true|!0|Promise\s*\.\s*resolve\s*\(\s*true\s*\))`;
const SAYS_YES = new RegExp(String.raw`^(?:\{\s*return\s+(?:await\s+)?${YES}\s*;?\s*\}|${YES})$`);

/** The exporter's `approvalRequest`, which says yes to everything, however it is written by now. One that does anything else is the team's own, and stays. */
export function mendApprovalStub(source: SourceText): Mended {
  const declared = DECLARED.exec(source.code);
  if (!declared) return { edits: [], defects: [] };
  const start = declared.index + declared[0].length;
  const head = HEAD.exec(source.code.slice(start))![0];
  const body = bodyOf(source, start + head.length);
  if (!body || !SAYS_YES.test(source.code.slice(body.start, body.end).replace(NOTES, "").trim())) return { edits: [], defects: [] };
  const breaks = "\n".repeat(source.text.slice(start, body.end).split("\n").length - 1);
  // Not `async`, also where the stub is: what the file does not wait for would go on without the answer.
  const text = head.includes("function") ? `function approvalRequest(message) {${breaks} return ${ASK}(message); }` : `(message) =>${breaks} ${ASK}(message)`;
  return {
    edits: [{ start, end: body.end, text }],
    defects: [{ line: source.lineOf(declared.index), text: "approvalRequest() says yes to everything: the person is asked instead", isMended: true }],
  };
}

/** The function's body behind its parameters: a block, or the expression of an arrow. */
function bodyOf(source: SourceText, params: number): { start: number; end: number } | undefined {
  const { code } = source;
  const after = code[params] === "(" ? source.closing(params) + 1 : params + /^\w*/.exec(code.slice(params))![0].length;
  const way = /^\s*(?::\s*[\w<>\s|.]+?)?\s*(?:=>\s*|(?=\{))/.exec(code.slice(after));
  if (!way) return undefined;
  const start = after + way[0].length;
  if (code[start] === "{") return { start, end: source.closing(start) + 1 };
  const end = /[;\n]|$/.exec(code.slice(start))!.index;
  return { start, end: start + end };
}
