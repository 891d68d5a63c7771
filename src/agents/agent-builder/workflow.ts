import type { StepPlace } from "./source/steps.ts";
import type { WorkflowWidgets } from "./widgets.ts";

/** A loaded workflow. */
export type Workflow = {
  run(input: { input_as_text: string }): unknown;
  places: readonly StepPlace[];
  isGuarded: boolean;
  widgets: WorkflowWidgets;
};
