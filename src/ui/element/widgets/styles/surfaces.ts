import { css } from "lit";
import { derivedColours } from "../../theme/derived-colours.ts";

export const surfaceStyles = css`
  .widget {
    --success: light-dark(oklch(0.5 0.13 155), oklch(0.76 0.14 158));
    --discovery: light-dark(oklch(0.52 0.2 295), oklch(0.76 0.13 300));
    --caution: light-dark(oklch(0.55 0.12 85), oklch(0.84 0.14 92));
    --size: var(--text-size, 16px);
    display: flow-root;
    position: relative;
    /* Nothing in a widget is drawn over what is around it. */
    isolation: isolate;
    overflow: clip;
    overflow-clip-margin: 3px;
    color: var(--foreground);
    font-size: var(--size);
    line-height: 1.45;
    text-align: start;
    transition: opacity 0.2s;
  }
  .widget[inert] {
    opacity: 0.55;
  }
  .widget [data-theme="light"] {
    --background: oklch(calc(1 + min(0, var(--gray-shift, 0))) var(--gray, 0 0));
    --foreground: oklch(0.2 var(--gray, 0 0));
    --raised: var(--background);
    --danger: oklch(0.53 0.19 27);
    --warning: oklch(0.5 0.11 70);
    --info: oklch(0.5 0.13 250);
    color-scheme: light;
  }
  .widget [data-theme="dark"] {
    --background: oklch(calc(0.215 + var(--gray-shift, 0)) var(--gray, 0 0));
    --foreground: oklch(0.945 var(--gray, 0 0));
    --raised: color-mix(in oklab, var(--foreground) 5%, var(--background));
    --danger: oklch(0.72 0.16 25);
    --warning: oklch(0.8 0.13 80);
    --info: oklch(0.75 0.11 245);
    color-scheme: dark;
  }
  .widget [data-theme] {
    color: var(--foreground);
    --accent: var(--foreground);
    --on-accent: var(--background);
    ${derivedColours}
  }
  .widget .box {
    display: flex;
    min-inline-size: 0;
    background-image: light-dark(var(--image-light), var(--image-dark));
  }
  .widget .axis-row {
    flex-direction: row;
  }
  .widget .axis-col {
    flex-direction: column;
  }
  .widget .box {
    gap: calc(8px * var(--space, 1));
  }
  .widget .box.centred {
    align-items: center;
  }
  .widget .form.axis-col,
  .widget .basic.axis-col {
    gap: calc(12px * var(--space, 1));
  }
  .widget .spacer {
    flex: 1 1 0%;
  }
  .widget .divider {
    flex: none;
    align-self: stretch;
    block-size: var(--thickness, 1px);
    background: var(--divider, var(--line));
  }
  .widget .divider.upright {
    block-size: auto;
    inline-size: var(--thickness, 1px);
  }
  .widget .card {
    --pad: calc(16px * var(--space, 1));
    display: flex;
    flex-direction: column;
    gap: calc(12px * var(--space, 1));
    max-inline-size: 100%;
    padding: var(--pad);
    border: 1px solid var(--line);
    border-radius: min(var(--radius-surface, 20px), 20px);
    background-color: var(--raised);
    background-image: light-dark(var(--image-light), var(--image-dark));
    background-origin: border-box;
    overflow: clip;
  }
  .widget .card.size-sm {
    inline-size: 360px;
  }
  .widget .card.size-md {
    inline-size: 440px;
  }
  .widget .card.size-lg {
    inline-size: 560px;
  }
  .widget .card-body {
    gap: calc(12px * var(--space, 1));
  }
  .widget .card-body > :is(.divider, .image).flush,
  .widget .card-body > .box > .divider.flush {
    margin-inline: calc(-1 * var(--pad));
    max-inline-size: none;
  }
  .widget .card-body > .image.flush {
    inline-size: calc(100% + 2 * var(--pad));
    border-radius: 0;
  }
  .widget .card-body > .image.flush:first-child {
    margin-block-start: calc(-1 * var(--pad));
  }
  .widget .status {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--muted);
    font-size: calc(var(--size) * 0.8125);
  }
  .widget .status > .icon,
  .widget .status > img {
    inline-size: 16px;
    block-size: 16px;
    font-size: 16px;
    border-radius: 4px;
  }
  .widget .status > img.framed {
    padding: 1px;
    border: 1px solid var(--line);
    background: #fff;
  }
  .widget .card-footer {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding-block-start: 4px;
  }
  .widget .card-footer > .button {
    flex: 1 1 8em;
  }
  .widget .list {
    gap: 0;
    padding: 6px;
  }
  .widget .list > .status {
    padding: 8px 10px;
  }
  .widget .list > ul {
    display: contents;
    list-style: none;
  }
  .widget .list-row {
    display: flex;
    align-items: center;
    position: relative;
    padding: calc(10px * var(--space, 1)) 10px;
    border-radius: min(var(--radius-surface, 20px), 14px);
  }
  .widget .item-body {
    flex: 1 1 0%;
    gap: calc(12px * var(--space, 1));
  }
  .widget .list-row:has(> .cover:hover) {
    background: var(--hover);
  }
  .widget .list-row.waiting > .item-body {
    opacity: 0.5;
  }
  .widget .list-row > .spinner {
    position: absolute;
    inset-inline-end: 12px;
  }
  .widget .cover {
    position: absolute;
    inset: 0;
    border-radius: inherit;
    cursor: pointer;
  }
  .widget .item-body {
    position: relative;
    pointer-events: none;
  }
  .widget .item-body :is(button, input, textarea, select, label, a, summary, .table-box, .chart-place) {
    pointer-events: auto;
  }
  .widget .show-more {
    align-self: flex-start;
    margin: 4px;
    padding: 6px 12px;
    border-radius: 99px;
    color: var(--muted);
    font-size: calc(var(--size) * 0.875);
    font-weight: 500;
    cursor: pointer;
  }
  .widget .show-more:hover {
    background: var(--hover);
    color: var(--foreground);
  }
  .widget .transition {
    animation: widget-appears 0.25s ease-out;
  }
  @keyframes widget-appears {
    from {
      opacity: 0;
      translate: 0 4px;
    }
  }
`;
