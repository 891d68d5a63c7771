import { mendApprovalStub, ASK } from "./mends/approval-stub.ts";
import { mendCel } from "./mends/cel.ts";
import { mendSearchFilters } from "./mends/hosted-tools.ts";
import { joined, type Defect } from "./mends/mend.ts";
import { mendOwnCalls } from "./mends/own-calls.ts";
import { mendPlaceholders } from "./mends/placeholders.ts";
import { mendSchemas } from "./mends/schemas.ts";
import { mendTracing } from "./mends/tracing.ts";
import { HISTORY, markTurnValues, STATE } from "./mends/turn-values.ts";
import { SourceText } from "./source/source-text.ts";
import { findSteps, MARK, type StepPlace } from "./source/steps.ts";
import { isWorkflow, workflowBody } from "./source/workflow-body.ts";

/** The module by which a mended file reaches the turn that it runs in; see `file-imports.ts`. */
export const TURN_MODULE = "chatkit-server/workflow-turn";
/** The name under which a mended file exports its workflow. */
export const EXPORTED = "chatkitWorkflow";

/** An agent that the file makes. */
export type NamedAgent = {
  name: string;
  /** Undefined when it is not written as a text. */
  model: string | undefined;
  /** The name of the schema that its output has. */
  schema: string | undefined;
};

/** A workflow's file as it is run: the defects of the exporter are mended, and its lines have kept their numbers. */
type MendedWorkflow = {
  text: string;
  defects: Defect[];
  steps: StepPlace[];
  agents: readonly NamedAgent[];
  /** Whether guardrails judge what comes in or goes out. */
  isGuarded: boolean;
};

/** @returns undefined when the file is no exported workflow */
export function mendWorkflow(text: string): MendedWorkflow | undefined {
  const source = new SourceText(text);
  if (!isWorkflow(source)) return undefined;
  const body = workflowBody(source) ?? { start: source.code.length, end: source.code.length };
  const approval = mendApprovalStub(source);
  const mended = joined([mendSchemas(source), mendSearchFilters(source), mendCel(source, body), mendPlaceholders(source, body), mendTracing(source), mendOwnCalls(source, body), approval]);
  const { places, edits } = findSteps(source, body, approval.edits.length > 0);
  const all = [...mended.edits, ...edits, ...markTurnValues(source, body)];
  // At the end of the last line, where it changes the number of none: imports are read first wherever they are.
  const tail = `; import { ${MARK}, ${HISTORY}, ${STATE}, ${ASK} } from "${TURN_MODULE}"; export { runWorkflow as ${EXPORTED} };`;
  return {
    text: `${source.edited(all).trimEnd()}\n${tail}`,
    defects: mended.defects.toSorted((a, b) => a.line - b.line),
    steps: places,
    agents: agentsOf(source),
    isGuarded: /["']@openai\/guardrails["']/.test(text),
  };
}

function agentsOf(source: SourceText): NamedAgent[] {
  return [...source.code.matchAll(/\bnew\s+Agent\s*(?:<[^>]*>)?\s*\(/g)].flatMap((made) => {
    const open = made.index + made[0].length - 1;
    const given = source.text.slice(open, source.closing(open));
    const name = /\bname\s*:\s*(["'`])(.*?)\1/.exec(given)?.[2];
    const model = /\bmodel\s*:\s*(["'`])(.*?)\1/.exec(given)?.[2];
    return name === undefined ? [] : [{ name, model, schema: /\boutputType\s*:\s*(\w+)/.exec(given)?.[1] }];
  });
}
