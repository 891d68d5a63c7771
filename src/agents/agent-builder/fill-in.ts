import type { Agent, CallModelInputFilter } from "@openai/agents";
import { PLACEHOLDER } from "./mends/placeholders.ts";
import type { WorkflowTurn } from "./turn.ts";

/**
 * Fills in the placeholders that the exporter has left in instructions. Only in those that the file has as a constant: the result of a
 * function may contain what the person wrote, who could read the state of the workflow with a placeholder.
 */
export function fillingIn(turn: WorkflowTurn, own: CallModelInputFilter<any> | undefined): CallModelInputFilter<any> {
  return async (given) => {
    const { modelData, agent } = given;
    const { instructions } = agent as Agent<any, any>;
    const filled =
      typeof instructions === "string" && modelData.instructions === instructions
        ? { ...modelData, instructions: instructions.replace(PLACEHOLDER, (_all, path: string) => valueAt(turn, path)) }
        : modelData;
    return own ? own({ ...given, modelData: filled }) : filled;
  };
}

function valueAt(turn: WorkflowTurn, path: string): string {
  const [root = "", ...names] = path.split(".");
  const before = turn.steps.findLast((step) => step.output !== undefined)?.output;
  const input = { output_text: typeof before === "string" ? before : JSON.stringify(before), output_parsed: before };
  const roots: Record<string, unknown> = { workflow: turn.workflow, state: turn.state, input };
  const value = names.reduce<unknown>((found, name) => (typeof found === "object" && found !== null && Object.hasOwn(found, name) ? (found as Record<string, unknown>)[name] : undefined), roots[root]);
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
