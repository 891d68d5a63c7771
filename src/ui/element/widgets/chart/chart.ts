/** Charts, drawn as SVG. Loaded with the first one. Values are shown as they came and never rounded; only the scale has round numbers. */
import { html, nothing, type TemplateResult } from "lit";
import { AsyncDirective } from "lit/async-directive.js";
import { directive } from "lit/directive.js";
import { ref } from "lit/directives/ref.js";
import type { Scope } from "../scope.ts";
import { styled } from "../styled.ts";
import { countOf, objectOf, type Node } from "../values/index.ts";
import { chartData, type ChartData } from "./chart-data.ts";
import { drawingOf, type Drawing, type Frame } from "./drawing.ts";

const FIRST_WIDTH_PX = 400;
const HEIGHT_PX = 220;

/** A chart that takes the width there is. */
class Chart extends AsyncDirective {
  #node: Node = { type: "Chart" };
  #scope: Scope | undefined;
  #data: ChartData = { labels: [], series: [], values: [] };
  #size = { width: FIRST_WIDTH_PX, height: HEIGHT_PX };
  #pointed: number | undefined;
  #place: Element | undefined;
  readonly #watch = new ResizeObserver(([entry]) => this.#resized(entry!.contentRect));
  readonly #seen = (place: Element | undefined): void => {
    if (this.#place) this.#watch.unobserve(this.#place);
    this.#place = place;
    if (place) this.#watch.observe(place);
  };

  override render(node: Node, scope: Scope): unknown {
    if (node !== this.#node) this.#data = chartData(node);
    this.#node = node;
    this.#scope = scope;
    return this.#shown();
  }

  #shown(): TemplateResult {
    const drawing = drawingOf(this.#data, this.#frame());
    const { width, height } = this.#size;
    const point = (event: PointerEvent) => this.#point(event, drawing);
    const hasLegend = this.#node["showLegend"] ?? this.#data.series.length > 1;
    return html`<figure class="chart">
      <div class="chart-drawing" ${ref(this.#seen)} @pointermove=${point} @pointerdown=${point} @pointerleave=${() => this.#pointAt(undefined)}>
        <svg class="plot" aria-hidden="true" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>${drawing.content(this.#pointed)}</svg>
        ${this.#pointed === undefined || this.#node["showTooltip"] === false ? nothing : this.#tooltip(this.#pointed, drawing)}
      </div>
      ${hasLegend ? html`<ul class="legend" aria-hidden="true">${this.#data.series.map(({ label, colour }) => html`<li>${swatch(colour)}${label}</li>`)}</ul>` : nothing}
      ${this.#table()}
    </figure>`;
  }

  #frame(): Frame {
    const node = this.#node;
    const numbers = new Intl.NumberFormat(this.#scope!.locale, { maximumFractionDigits: 2, notation: this.#isLarge() ? "compact" : "standard" });
    return {
      ...this.#size,
      showYAxis: node["showYAxis"] === true,
      hideXAxis: objectOf(node["xAxis"])?.["hide"] === true,
      barGap: typeof node["barGap"] === "number" ? node["barGap"] : 4,
      categoryGap: typeof node["barCategoryGap"] === "number" ? node["barCategoryGap"] : undefined,
      format: (value) => numbers.format(value),
    };
  }

  #isLarge(): boolean {
    return this.#data.values.some((values) => values.some((value) => value !== undefined && Math.abs(value) >= 100_000));
  }

  /** The chart's data as a table, for screen readers. */
  #table(): TemplateResult {
    const { labels, series, values } = this.#data;
    const most = countOf(labels.length, 200) ?? 0;
    const numbers = new Intl.NumberFormat(this.#scope!.locale);
    const row = (label: string, at: number) => html`<tr><th scope="row">${label}</th>${values.map((one) => html`<td>${one[at] === undefined ? "–" : numbers.format(one[at])}</td>`)}</tr>`;
    return html`<div class="said-only"><table>
      <thead><tr><td></td>${series.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
      <tbody>${labels.slice(0, most).map(row)}</tbody>
    </table></div>`;
  }

  #tooltip(row: number, { middle }: Drawing): TemplateResult {
    const { labels, series, values } = this.#data;
    const numbers = new Intl.NumberFormat(this.#scope!.locale);
    const x = middle(row);
    const place = x > this.#size.width / 2 ? { right: `${this.#size.width - x + 12}px` } : { left: `${x + 12}px` };
    const line = (label: string, value: number | undefined, colour: string) => (value === undefined ? nothing : html`<li>${swatch(colour)}<span>${label}</span><span>${numbers.format(value)}</span></li>`);
    return html`<div class="tooltip" aria-hidden="true" ${styled(place)}>${labels[row]}<ul>${series.map(({ label, colour }, index) => line(label, values[index]![row], colour))}</ul></div>`;
  }

  #point(event: PointerEvent, { left, plotWidth }: Drawing): void {
    const count = this.#data.labels.length;
    const x = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left - left;
    this.#pointAt(count === 0 ? undefined : Math.max(0, Math.min(count - 1, Math.floor((x / plotWidth) * count))));
  }

  #pointAt(row: number | undefined): void {
    if (row === this.#pointed) return;
    this.#pointed = row;
    this.#showAgain();
  }

  #resized({ width, height }: DOMRectReadOnly): void {
    const isGiven = ["height", "size", "aspectRatio", "minHeight", "minSize"].some((name) => this.#node[name] !== undefined);
    const next = { width: Math.round(width), height: isGiven && height > 40 ? Math.round(height) : HEIGHT_PX };
    if (width < 1 || (next.width === this.#size.width && next.height === this.#size.height)) return;
    this.#size = next;
    this.#showAgain();
  }

  #showAgain(): void {
    if (this.isConnected) this.setValue(this.#shown());
  }
}

const drawn = directive(Chart);

export function chart(node: Node, scope: Scope): TemplateResult {
  return html`${drawn(node, scope)}`;
}

function swatch(colour: string): TemplateResult {
  return html`<span class="swatch" ${styled({ "background-color": colour })}></span>`;
}
