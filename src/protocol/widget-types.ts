import type { Widgets } from "@openai/chatkit";
import type { ActionConfig } from "./actions.ts";

/**
 * The client's own types of widgets (`@openai/chatkit`), with two things that they lack and the client understands: the hints in actions
 * (`handler`, `loadingBehavior`, `streaming`), and charts.
 */

// Not an alias of the client's type: in our declaration files that would name a file which its package does not export.
type ClientComponent = Extract<Widgets.WidgetComponent, { type: string }>;
type ClientRoot = Widgets.Card | Widgets.ListView | Widgets.BasicRoot;

export type WidgetRoot = Ours<ClientRoot>;
export type WidgetComponent = Ours<ClientComponent> | ListViewItem | Chart;

/** The same component with our actions, and with our components in it. */
type Ours<C> = C extends unknown ? { [P in keyof C]: Prop<P, C[P]> } : never;
type Prop<P, V> = P extends `on${string}Action` ? Action<V> : P extends "confirm" | "cancel" ? ButtonAction<V> : P extends "children" ? Children<V> : V;
type Action<V> = ActionConfig | Extract<V, undefined>;
type ButtonAction<V> = CardAction | Extract<V, undefined>;
type Children<V> = V extends (infer E)[] ? Child<E>[] : V extends undefined ? V : Child<V>;
/** Where any component may be, any of ours may be, too. */
type Child<E> = [ClientComponent] extends [E] ? WidgetComponent | Ours<Exclude<E, ClientComponent>> : Ours<E>;

type Of<T extends WidgetRoot["type"] | ClientComponent["type"]> = Extract<WidgetRoot | Ours<ClientComponent>, { type: T }>;
export type Card = Of<"Card">;
export type ListView = Of<"ListView">;
export type BasicRoot = Of<"Basic">;
export type ListViewItem = Ours<Widgets.ListViewItem>;
export type CardAction = { label: string; action: ActionConfig };
export type WidgetStatus = NonNullable<Card["status"]>;
export type WidgetIcon = Of<"Icon">["name"];
export type ThemeColor = { dark: string; light: string };
export type Handler = NonNullable<ActionConfig["handler"]>;
export type LoadingBehavior = NonNullable<ActionConfig["loadingBehavior"]>;

/** One row for each place on the x axis; `series` say which fields of the rows are drawn. */
export type Chart = {
  type: "Chart";
  key?: string;
  id?: string;
  data: Record<string, string | number>[];
  series: Series[];
  /** The field that names the places on the axis. */
  xAxis: string | XAxisConfig;
  showYAxis?: boolean;
  showLegend?: boolean;
  showTooltip?: boolean;
  /** In pixels, as `barCategoryGap`. */
  barGap?: number;
  barCategoryGap?: number;
  flex?: number | string;
  aspectRatio?: number | string;
} & { [Size in "height" | "width" | "size" | "minHeight" | "minWidth" | "minSize" | "maxHeight" | "maxWidth" | "maxSize"]?: number | string };

export type XAxisConfig = { dataKey: string; hide?: boolean; labels?: Record<string, string> };
export type Series = BarSeries | AreaSeries | LineSeries;
type SeriesBase = { label?: string | null; dataKey: string; color?: string | ThemeColor };
/** Series with the same `stack` are drawn on top of each other. */
export type BarSeries = SeriesBase & { type: "bar"; stack?: string };
export type AreaSeries = SeriesBase & { type: "area"; stack?: string; curveType?: CurveType };
export type LineSeries = SeriesBase & { type: "line"; curveType?: CurveType };
export type CurveType =
  | "basis" | "basisClosed" | "basisOpen" | "bump" | "bumpX" | "bumpY" | "linear" | "linearClosed"
  | "monotone" | "monotoneX" | "monotoneY" | "natural" | "step" | "stepAfter" | "stepBefore";
