import { fieldsOf, payloadWith, type Field } from "./form-values.ts";
import type { Scope } from "./scope.ts";
import { objectOf, oneOf, textOf } from "./values/index.ts";

type Loading = "none" | "self" | "container";

/** `auto` is the loading behaviour that the word `auto` means for this component. */
type Origin = { path: string; auto: Loading; element: Element; field?: Field };

/** Runs the action of a component, if it has one. Its payload gets the fields of the form around it, or else the field that has changed. */
export async function run(scope: Scope, config: unknown, { path, auto, element, field }: Origin): Promise<void> {
  const { host, state } = scope;
  const action = objectOf(config);
  const type = textOf(action?.["type"]);
  if (!action || type === undefined) return;
  const streaming = action["streaming"] !== false;
  if (state.isBusy(path)) return;
  const form = element.closest("form");
  const fields = form ? fieldsOf(form) : field ? [field] : [];
  const payload = payloadWith(action["payload"], fields, (name) => host.onError?.(new Error(`the action ${type} has a key and a field named ${name}`)));
  const loading = oneOf(action["loadingBehavior"], ["none", "self", "container"]) ?? auto;
  const done = state.busy(path, loading, element);
  try {
    await host.onAction({ type, ...(payload !== undefined && { payload }) }, { handler: action["handler"] === "client" ? "client" : "server", streaming });
  } catch (error) {
    host.onError?.(error instanceof Error ? error : new Error(String(error)));
  } finally {
    done();
  }
}
