import type { SourceText } from "../source/source-text.ts";
import type { Mended } from "./mend.ts";

/** The name by which the file asks the person; see `file-imports.ts`. */
export const ASK = "chatkitApproval";

const STUB = /\b(?:(?:const|let|var)\s+approvalRequest\s*(?::[^=]+)?=\s*(?:async\s*)?\(\s*(\w+)[^()]*\)\s*(?::[^={]+)?=>|(?:async\s+)?function\s+approvalRequest\s*\(\s*(\w+)[^()]*\)\s*(?::[^{]+)?)\s*(?=\{)/;

/** The exporter's `approvalRequest`, which says yes to everything. One that does anything else is the team's own, and stays. */
export function mendApprovalStub(source: SourceText): Mended {
  const stub = STUB.exec(source.code);
  if (!stub) return { edits: [], defects: [] };
  const open = stub.index + stub[0].length;
  const close = source.closing(open);
  if (!/^\{\s*return\s+true\s*;?\s*$/.test(source.code.slice(open, close))) return { edits: [], defects: [] };
  const breaks = "\n".repeat(source.text.slice(open, close).split("\n").length - 1);
  const text = `{ return ${ASK}(${stub[1] ?? stub[2]});${breaks}`;
  return {
    edits: [{ start: open, end: close, text }],
    defects: [{ line: source.lineOf(stub.index), text: "approvalRequest() says yes to everything: the person is asked instead", isMended: true }],
  };
}
