import { css } from "lit";

export const chartStyles = css`
  .widget .chart-place {
    position: relative;
    min-inline-size: 0;
    align-self: stretch;
  }
  .widget .chart {
    display: flex;
    flex-direction: column;
    gap: 10px;
    inline-size: 100%;
    block-size: 100%;
    margin: 0;
    font-size: 12px;
  }
  .widget .chart-drawing {
    position: relative;
    flex: 1 1 auto;
    min-block-size: 0;
  }
  .widget .chart svg.plot {
    display: block;
    inline-size: 100%;
    overflow: visible;
    direction: ltr;
  }
  .widget .plot text {
    fill: var(--faint);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .widget .plot .grid {
    stroke: var(--line);
    shape-rendering: crispEdges;
  }
  .widget .plot .curve {
    fill: none;
    stroke-width: 2;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .widget .plot .area {
    stroke: none;
    fill-opacity: 0.18;
  }
  .widget .plot .pointed {
    fill: color-mix(in oklab, var(--foreground) 6%, transparent);
  }
  .widget .plot .dot {
    stroke: var(--raised);
    stroke-width: 2;
  }
  .widget .legend {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 4px 16px;
    margin: 0;
    padding: 0;
    list-style: none;
    color: var(--muted);
  }
  .widget :is(.legend, .tooltip) li {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  .widget .swatch {
    flex: none;
    inline-size: 8px;
    block-size: 8px;
    border-radius: 2px;
  }
  .widget .tooltip {
    position: absolute;
    inset-block-start: 0;
    z-index: 1;
    min-inline-size: 96px;
    max-inline-size: 220px;
    padding: 8px 10px;
    border: 1px solid var(--line);
    border-radius: 10px;
    background: var(--raised);
    box-shadow: var(--shadow-menu);
    pointer-events: none;
  }
  .widget .tooltip ul {
    margin: 4px 0 0;
    padding: 0;
    list-style: none;
  }
  .widget .tooltip li > :last-child {
    margin-inline-start: auto;
    padding-inline-start: 12px;
    font-weight: 500;
    font-variant-numeric: tabular-nums;
  }
`;
