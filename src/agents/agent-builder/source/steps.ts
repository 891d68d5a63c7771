import type { Edit, SourceText } from "./source-text.ts";
import { judgingCalls } from "./judges.ts";
import { blocksAround, type Block, type Body } from "./workflow-body.ts";

/** One place in the file at which an agent is run. */
export type StepPlace = {
  line: number;
  /** Whether its text is what the workflow answers on every way from here, so that it can be shown as it comes. */
  isAnswer: boolean;
  /** Whether the person is asked next: they have to see its output before. */
  isAsked: boolean;
  /** Whether a guardrail judges its output later: then nothing of that output may be shown before. */
  isJudged: boolean;
};

/** The name by which the file marks a place; see `file-imports.ts`. */
export const MARK = "chatkitStep";

/** What a file has that its steps depend on. */
type Workings = { asksPerson: boolean; isJudgedBeside: boolean };

/** All places at which the workflow runs an agent, and the edits that tell the runner which one it is at. */
export function findSteps(source: SourceText, body: Body, { asksPerson, isJudgedBeside }: Workings): { places: StepPlace[]; edits: Edit[] } {
  const judging = judgingCalls(source, isJudgedBeside);
  const runners = [...source.code.matchAll(/\b(\w+)(?:\s*:[^=;]+)?\s*=\s*new\s+Runner\b/g)].map((match) => match[1]!);
  const call = new RegExp(String.raw`(?<![.\w])(?:(${["runner", ...runners].join("|")})\s*\.\s*run|run)\s*\(`, "g");
  call.lastIndex = body.start;
  const places: StepPlace[] = [];
  const edits: Edit[] = [];
  for (let match = call.exec(source.code); match && match.index < body.end; match = call.exec(source.code)) {
    const name = match[1] ?? "run";
    const start = match.index;
    edits.push({ start, end: start + name.length, text: `${MARK}(${places.length}, ${name})` });
    places.push(new Way(source, body, asksPerson, judging).from(start, source.closing(match.index + match[0].length - 1) + 1));
  }
  return { places, edits };
}

/** Follows the ways that the workflow can go after a step, up to its end. */
class Way {
  constructor(
    private readonly source: SourceText,
    private readonly body: Body,
    private readonly asksPerson: boolean,
    private readonly judging: RegExp,
  ) {}

  from(start: number, end: number): StepPlace {
    const { source, body } = this;
    const statement = source.code.slice(Math.max(0, start - 300), start);
    const variable = /\b(\w+)\s*(?::[^=;(){}\n]+)?=\s*(?:await\s+)?\(?\s*$/.exec(statement)?.[1];
    const line = source.lineOf(start);
    const blocks = blocksAround(source, body, start);
    const isJudged = this.judging.test(this.#rest(blocks, end));
    if (/\breturn\s+(?:await\s+)?$/.test(statement)) return { line, isAnswer: true, isAsked: false, isJudged: false };
    const way = isJudged ? "unknown" : this.#leadsTo(blocks, end, variable);
    return { line, isAnswer: way === "answer", isAsked: way === "question", isJudged };
  }

  /** The code that may run after a place: what follows it, not the other branches, and of a loop around it all. */
  #rest(blocks: Block[], end: number): string {
    let code = "";
    let at = end;
    for (const block of blocks) {
      code += this.source.code.slice(block.kind === "loop" || block.kind === "other" ? block.start : at, block.end);
      const { ends, asks } = this.#region(at, block);
      if (ends && !asks && block.kind !== "loop") return code;
      at = this.#afterBlock(block);
    }
    return code;
  }

  #leadsTo(blocks: Block[], end: number, variable: string | undefined): "answer" | "question" | "unknown" {
    let at = end;
    const names = new Set<string>();
    for (const block of blocks) {
      const { region, ends, asks } = this.#region(at, block);
      if (asks) return "question";
      if (/\bawait\b|\.\s*run\s*\(|\bapprovalRequest\s*\(/.test(region) || (block.kind !== "switch" && /\b(?:break|continue)\b/.test(region))) return "unknown";
      if (!this.#returnsOnly(at, at + region.length, variable, names)) return "unknown";
      if (ends || block.kind === "end") return "answer";
      if (block.kind === "loop" || block.kind === "other") return "unknown";
      at = this.#afterBlock(block);
    }
    return "answer";
  }

  /** What runs in this block from a place on: up to a `return`, or up to the question to the person. */
  #region(at: number, block: Block): { region: string; ends: boolean; asks: boolean } {
    const { code } = this.source;
    for (let i = at; i < block.end; i++) {
      if ("([{".includes(code[i]!)) {
        const close = this.source.closing(i);
        const asks = this.asksPerson && code[i] === "(" && /\bapprovalRequest\s*\(/.test(code.slice(Math.max(at, i - 20), close));
        if (asks && !/\bawait\b/.test(code.slice(at, i).replace(/\bawait\s+approvalRequest\b/, ""))) return { region: code.slice(at, i), ends: true, asks: true };
        i = close;
      } else if (isWord("return", code, i)) {
        return { region: code.slice(at, endOfStatement(this.source, i)), ends: true, asks: false };
      } else if (block.kind === "switch" && isWord("break", code, i)) {
        return { region: code.slice(at, i), ends: false, asks: false };
      }
    }
    return { region: code.slice(at, block.end), ends: false, asks: false };
  }

  /** Whether every `return` there gives the output of the step as it is, or nothing. */
  #returnsOnly(start: number, end: number, variable: string | undefined, names: Set<string>): boolean {
    const text = this.source.text.slice(start, end);
    const code = this.source.code.slice(start, end);
    if (variable !== undefined) {
      names.add(variable);
      for (const match of code.matchAll(/(?<![.\w$])(\w+)\s*(?::[^=;,(){}\n]+)?([-+*/|&?]*)=(?![=>])\s*/g)) {
        const [found, name, operator] = [match[0], match[1]!, match[2]];
        const from = match.index + found.length;
        const given = text.slice(from, endOfStatement(this.source, start + from) - start);
        if (operator === "" && isPlain(given, variable, names)) names.add(name);
        else if (name !== variable) names.delete(name);
      }
    }
    return [...code.matchAll(/\breturn\b/g)].every((match) => {
      const from = match.index + "return".length;
      const given = text.slice(from, endOfStatement(this.source, start + from) - start).trim();
      return given === "" || names.has(given) || (variable !== undefined && isPlain(given, variable, names));
    });
  }

  /** Behind the block, and behind the other branches of the statement that it belongs to. */
  #afterBlock(block: Block): number {
    const { code } = this.source;
    let at = block.end + 1;
    for (;;) {
      const more = /^\s*(?:else\b(?:\s*if\s*(?=\())?|catch\b\s*|finally\b\s*)/.exec(code.slice(at));
      if (!more) return at;
      at += more[0].length;
      if (code[at] === "(") at = this.source.closing(at) + 1;
      const brace = /^\s*\{/.exec(code.slice(at));
      at = brace ? this.source.closing(at + brace[0].length - 1) + 1 : endOfStatement(this.source, at);
    }
  }
}

function isWord(word: string, code: string, at: number): boolean {
  return code.startsWith(word, at) && !/[\w$]/.test(code[at - 1] ?? "") && !/[\w$]/.test(code[at + word.length] ?? "");
}

function endOfStatement(source: SourceText, from: number): number {
  for (let i = from; i < source.code.length; i++) {
    if ("([{".includes(source.code[i]!)) i = source.closing(i);
    else if (";})".includes(source.code[i]!)) return i;
    else if (source.code[i] === "\n" && /[\w"'`)\]}]\s*$/.test(source.code.slice(from, i)) && !/^\s*[.?:+|&=*-]/.test(source.code.slice(i))) return i;
  }
  return source.code.length;
}

/**
 * Whether an expression is the output of a step and nothing else, in the forms in which files write it.
 * @param variable the result of the step
 * @param names what else is known to be its output
 */
function isPlain(expression: string, variable: string, names: ReadonlySet<string>): boolean {
  const value = String.raw`${variable}\.finalOutput!?(?:\s+as\s+string)?(?:\s*(?:\?\?|\|\|)\s*(?:""|''))?`;
  const output = String.raw`(?:${value}|\(${value}\)|String\(${value}\))(?:\??\.trim\(\))?`;
  const text = String.raw`(?:${output}|(?:${[...names].join("|")})(?:\.output_text)?)`;
  const parsed = String.raw`output_text:\s*JSON\.stringify\(${output}\),\s*output_parsed:\s*${output},?`;
  const written = new RegExp(String.raw`^(?:${variable}|${text}|\{\s*(?:\w+:\s*(?:${text}|\x60\$\{${text}\}\x60),?|${parsed})\s*\})$`);
  return written.test(expression.trim());
}
