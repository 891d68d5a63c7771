import type { WidgetHost, WidgetTexts } from "./host.ts";
import type { Node } from "./values/index.ts";

/** The state of one widget between two renderings. */
export interface State {
  /** Keeps the field ids of several widgets apart. */
  readonly id: string;
  /** Names of fields that have a `Label` in the widget. */
  readonly labelled: ReadonlySet<string>;
  /** Whether the component at that path, or the whole widget, has an action running. */
  isBusy(path: string): boolean;
  /** Marks the component as running an action. @returns ends that */
  busy(path: string, loading: "none" | "self" | "container", element: Element): () => void;
  /** Whether the component itself shows that it waits. */
  isWaiting(path: string): boolean;
  isOpened(path: string): boolean;
  open(path: string): void;
}

/** What a component knows of the widget around it. */
export type Scope = {
  host: WidgetHost;
  texts: WidgetTexts;
  /** The host's locale, or English if that is invalid. */
  locale: string;
  state: State;
  /** The path from the root; the same component has the same one in every rendering. */
  path: string;
  depth: number;
  /** The direction in which the parent lays out its children. */
  axis: "row" | "col";
  show: (node: Node, scope: Scope) => unknown;
};

/** The id of the field with that name, for its label. */
export function fieldId({ state }: Scope, name: string): string {
  return `${state.id}-${encodeURIComponent(name)}`;
}
