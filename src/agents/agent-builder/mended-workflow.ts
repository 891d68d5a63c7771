import { mendApprovalStub, ASK } from "./mends/approval-stub.ts";
import { mendCel } from "./mends/cel.ts";
import { mendSearchFilters } from "./mends/hosted-tools.ts";
import { joined, type Defect } from "./mends/mend.ts";
import { mendOwnCalls } from "./mends/own-calls.ts";
import { mendPlaceholders } from "./mends/placeholders.ts";
import { mendQueries } from "./mends/queries.ts";
import { mendSchemas } from "./mends/schemas.ts";
import { mendTracing } from "./mends/tracing.ts";
import { HISTORY, markTurnValues, STATE } from "./mends/turn-values.ts";
import { SourceText } from "./source/source-text.ts";
import { findSteps, MARK, type StepPlace } from "./source/steps.ts";
import { isWorkflow, workflowBody } from "./source/workflow-body.ts";

/** The module by which a mended file reaches the turn that it runs in; see `file-imports.ts`. */
export const TURN_MODULE = "chatkit-server/workflow-turn";
/** The names under which a mended file exports its workflow, and functions that answer the schemas of its agents' outputs, by their names. */
export const EXPORTED = "chatkitWorkflow";
export const SCHEMAS = "chatkitSchemas";

/** An agent that the file makes. */
export type NamedAgent = {
  name: string;
  /** Undefined when it is not written as a text. */
  model: string | undefined;
};

/** A workflow's file as it is run: the defects of the exporter are mended, and its lines have kept their numbers. */
type MendedWorkflow = {
  text: string;
  defects: Defect[];
  steps: StepPlace[];
  agents: readonly NamedAgent[];
  /** Whether the workflow takes the person's text itself, and not in an object. */
  takesText: boolean;
};

/**
 * @param isJudgedBeside whether a file that it imports uses guardrails
 * @returns undefined when the file is no exported workflow
 */
export function mendWorkflow(written: string, isJudgedBeside: boolean): MendedWorkflow | undefined {
  const { text, defects } = mendQueries(written);
  const source = new SourceText(text);
  if (!isWorkflow(source)) return undefined;
  const body = workflowBody(source) ?? { start: source.code.length, end: source.code.length };
  const approval = mendApprovalStub(source);
  const mended = joined([mendSchemas(source), mendSearchFilters(source), mendCel(source, body), mendPlaceholders(source, body), mendTracing(source), mendOwnCalls(source, body), approval]);
  const { places, edits } = findSteps(source, body, { asksPerson: approval.edits.length > 0, isJudgedBeside });
  const all = [...mended.edits, ...edits, ...markTurnValues(source, body)];
  return {
    text: `${head(source)}${source.edited(all).trimEnd()}\n${tail(source)}`,
    defects: [...defects, ...mended.defects].toSorted((a, b) => a.line - b.line),
    steps: places,
    agents: agentsOf(source),
    takesText: !/\binput_as_text\b/.test(text),
  };
}

/** A file in CommonJS is loaded as a module, too: what it exports is not read. */
function head({ code }: SourceText): string {
  const isCommonJs = /\b(?:module\s*\.\s*exports|exports\s*\.\s*\w+)\s*=/.test(code);
  return isCommonJs ? "var module = { exports: {} }, exports = module.exports; " : "";
}

/** At the end of the last line, where it changes the number of none: imports are read first wherever they are. */
function tail({ code }: SourceText): string {
  const schemas = [...new Set([...code.matchAll(/\boutputType\s*:\s*([A-Za-z_$][\w$]*)\s*[,}]/g)].map((match) => match[1]!))];
  const named = schemas.map((name) => `${name}: () => ${name}`).join(", ");
  return `; import { ${MARK}, ${HISTORY}, ${STATE}, ${ASK} } from "${TURN_MODULE}"; export { runWorkflow as ${EXPORTED} }; export const ${SCHEMAS} = { ${named} };`;
}

function agentsOf(source: SourceText): NamedAgent[] {
  return [...source.code.matchAll(/\bnew\s+Agent\s*(?:<[^>]*>)?\s*\(/g)].flatMap((made) => {
    const open = made.index + made[0].length - 1;
    const given = source.text.slice(open, source.closing(open));
    const name = /\bname\s*:\s*(["'`])(.*?)\1/.exec(given)?.[2];
    const model = /\bmodel\s*:\s*(["'`])(.*?)\1/.exec(given)?.[2];
    return name === undefined ? [] : [{ name, model }];
  });
}
