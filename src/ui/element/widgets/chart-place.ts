import { html, type TemplateResult } from "lit";
import { until } from "lit/directives/until.js";
import type { Scope } from "./scope.ts";
import { styled } from "./styled.ts";
import { blockProperties, type Node } from "./values/index.ts";

type Charts = typeof import("./chart/chart.ts");
let charts: Charts | undefined;

/** The place of a chart. The code that draws it is loaded with the first one. */
export function chartPlace(node: Node, scope: Scope): TemplateResult {
  const drawn = charts ? charts.chart(node, scope) : until(import("./chart/chart.ts").then((module) => (charts = module).chart(node, scope)));
  return html`<div class="chart-place" ${styled(blockProperties(node))}>${drawn}</div>`;
}
