import type { WidgetHost, WidgetTexts } from "./host.ts";
import type { Node } from "./values/index.ts";

/** What one widget remembers between two renderings. */
export interface State {
  /** Sets the fields of several widgets apart. */
  readonly id: string;
  /** Names of fields that a `Label` of the widget describes. */
  readonly labelled: ReadonlySet<string>;
  /** The component at that path, or the whole widget, waits for its action. */
  isBusy(path: string): boolean;
  /** Shows that it waits; what comes back ends that. */
  busy(path: string, loading: "none" | "self" | "container", element: Element): () => void;
  /** Shows itself as it is, rather than as it waits. */
  isWaiting(path: string): boolean;
  isOpened(path: string): boolean;
  open(path: string): void;
}

/** Where a component stands. */
export type Scope = {
  host: WidgetHost;
  texts: WidgetTexts;
  /** The host's, or English where that is none. */
  locale: string;
  state: State;
  /** The way down from the root, as the same component has it from one rendering to the next. */
  path: string;
  depth: number;
  /** The direction of what is around it. */
  axis: "row" | "col";
  show: (node: Node, scope: Scope) => unknown;
};

/** The id of the field with that name, for its label. */
export function fieldId({ state }: Scope, name: string): string {
  return `${state.id}-${encodeURIComponent(name)}`;
}
