import { nothing, svg, type TemplateResult } from "lit";
import { styled } from "../styled.ts";
import type { ChartData } from "./chart-data.ts";
import { areaPath, linePath, type Point } from "./curves.ts";
import { barsOf, everyNth, spansOf, ticksOf, type Bar } from "./plot.ts";

export type Frame = { width: number; height: number; showYAxis: boolean; hideXAxis: boolean; barGap: number; categoryGap: number | undefined; format: (value: number) => string };
/** The measures of a drawing, in px; `middle` is the x of a row's centre. */
export type Drawing = { left: number; plotWidth: number; band: number; middle: (row: number) => number; content: (pointed: number | undefined) => TemplateResult };

const TICK_ROOM = 7.2;
const LABEL_ROOM = 24;
const ROUND = 4;

export function drawingOf(data: ChartData, frame: Frame): Drawing {
  const spans = spansOf(data);
  const ticks = ticksOf(spans);
  const tickLabels = ticks.map(frame.format);
  const left = frame.showYAxis ? Math.max(...tickLabels.map((label) => label.length)) * TICK_ROOM + 8 : 0;
  const plotWidth = Math.max(1, frame.width - left);
  const bottom = Math.max(1, frame.height - (frame.hideXAxis ? 2 : LABEL_ROOM));
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const y = (value: number) => 8 + (bottom - 8) * (1 - (value - low) / (high - low));
  const hasBars = data.series.some(({ type }) => type === "bar");
  const count = data.labels.length;
  const band = plotWidth / Math.max(1, count);
  const edge = 4;
  // Lines reach from edge to edge; in a chart that has bars, too, they go through the middles of the bars.
  const middle = (row: number) => left + (hasBars || count < 2 ? (row + 0.5) * band : edge + (row * (plotWidth - 2 * edge)) / (count - 1));
  const points = (index: number): (Point | undefined)[] => spans[index]!.map((span, row) => span && { x: middle(row), from: y(span.from), to: y(span.to) });
  const bars = barsOf(data.series, spans, plotWidth, { bar: frame.barGap, category: frame.categoryGap });
  const content = (pointed: number | undefined) => svg`
    ${ticks.map((tick, index) => svg`<line class="grid" x1=${left} x2=${frame.width} y1=${y(tick)} y2=${y(tick)}></line>${frame.showYAxis ? svg`<text x=${left - 8} y=${y(tick) + 4} text-anchor="end">${tickLabels[index]}</text>` : nothing}`)}
    ${pointed !== undefined && hasBars ? svg`<rect class="pointed" x=${left + pointed * band} y="8" width=${band} height=${bottom - 8} rx=${ROUND}></rect>` : nothing}
    ${data.series.map(({ type, curve, colour }, index) => (type === "area" ? svg`<path class="area" d=${areaPath(points(index), curve)} ${styled({ fill: colour })}></path>` : nothing))}
    ${bars.map((bar) => svg`<path d=${barPath({ ...bar, x: bar.x + left }, y, isTopOfStack(bar, data, spans))} ${styled({ fill: data.series[bar.series]!.colour })}></path>`)}
    ${data.series.map(({ type, curve, colour }, index) => (type === "bar" ? nothing : svg`<path class="curve" d=${linePath(points(index), curve)} ${styled({ stroke: colour })}></path>`))}
    ${data.series.map(({ type, colour }, index) => dots(type === "bar" ? [] : points(index), count === 1 ? 0 : pointed, colour))}
    ${frame.hideXAxis ? nothing : xLabels(data.labels, plotWidth, middle, frame)}`;
  return { left, plotWidth, band, middle, content };
}

function dots(points: readonly (Point | undefined)[], row: number | undefined, colour: string): unknown {
  const point = row === undefined ? undefined : points[row];
  return point ? svg`<circle class="dot" cx=${point.x} cy=${point.to} r="4.5" ${styled({ fill: colour })}></circle>` : nothing;
}

function xLabels(labels: readonly string[], plotWidth: number, middle: (row: number) => number, { width, height }: Frame): unknown {
  const nth = everyNth(labels, plotWidth);
  return labels.map((label, row) => {
    if (row % nth !== 0) return nothing;
    const short = label.length > 18 ? `${label.slice(0, 17)}…` : label;
    const half = short.length * 3.3;
    const x = middle(row);
    const [at, anchor] = x - half < 0 ? [0, "start"] : x + half > width ? [width, "end"] : [x, "middle"];
    return svg`<text x=${at} y=${height - 6} text-anchor=${anchor}>${short}</text>`;
  });
}

/** Only the outermost of a stack has round corners. */
function isTopOfStack({ series, row, to }: Bar, { series: all }: ChartData, spans: ReturnType<typeof spansOf>): boolean {
  const { stack } = all[series]!;
  if (stack === undefined) return true;
  return !all.some((one, index) => index !== series && one.type === "bar" && one.stack === stack && (to < 0 ? (spans[index]![row]?.to ?? 0) < to : (spans[index]![row]?.to ?? 0) > to));
}

function barPath({ x, width, from, to }: Bar, y: (value: number) => number, isRound: boolean): string {
  const [start, end] = [y(from), y(to)];
  const height = Math.abs(end - start);
  const round = isRound ? Math.min(ROUND, width / 2, height) : 0;
  const down = end > start ? -1 : 1;
  return `M${x} ${start}V${end + down * round}q0 ${-down * round} ${round} ${-down * round}h${width - 2 * round}q${round} 0 ${round} ${down * round}V${start}z`;
}
