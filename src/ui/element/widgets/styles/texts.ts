import { css } from "lit";

export const textStyles = css`
  .widget :is(.text, .headline, .caption, .field-label) {
    min-inline-size: 0;
    margin: 0;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
  }
  .widget .text.size-xs {
    font-size: calc(var(--size) * 0.75);
  }
  .widget :is(.text, .field-label).size-sm {
    font-size: calc(var(--size) * 0.875);
  }
  .widget :is(.text, .field-label).size-md {
    font-size: var(--size);
  }
  .widget :is(.text, .field-label).size-lg {
    font-size: calc(var(--size) * 1.125);
  }
  .widget :is(.text, .field-label).size-xl {
    font-size: calc(var(--size) * 1.25);
  }
  .widget .field-label.size-xs {
    font-size: calc(var(--size) * 0.75);
  }
  .widget .field-label {
    font-weight: 500;
  }
  .widget .headline {
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.012em;
  }
  .widget .headline.size-sm {
    font-size: var(--size);
  }
  .widget .headline.size-md {
    font-size: calc(var(--size) * 1.125);
  }
  .widget .headline.size-lg {
    font-size: calc(var(--size) * 1.25);
  }
  .widget .headline.size-xl {
    font-size: calc(var(--size) * 1.5);
  }
  .widget .headline.size-2xl {
    font-size: calc(var(--size) * 1.875);
  }
  .widget .headline.size-3xl {
    font-size: calc(var(--size) * 2.25);
  }
  .widget .headline.size-4xl {
    font-size: calc(var(--size) * 3);
    letter-spacing: -0.025em;
    line-height: 1.1;
  }
  .widget .headline.size-5xl {
    font-size: calc(var(--size) * 3.75);
    letter-spacing: -0.03em;
    line-height: 1.05;
  }
  .widget .caption {
    color: var(--muted);
  }
  .widget .caption.size-sm {
    font-size: calc(var(--size) * 0.6875);
  }
  .widget .caption.size-md {
    font-size: calc(var(--size) * 0.75);
  }
  .widget .caption.size-lg {
    font-size: calc(var(--size) * 0.8125);
  }
  .widget .weight-normal {
    font-weight: 400;
  }
  .widget .weight-medium {
    font-weight: 500;
  }
  .widget .weight-semibold {
    font-weight: 600;
  }
  .widget .weight-bold {
    font-weight: 700;
  }
  .widget .italic {
    font-style: italic;
  }
  .widget .struck {
    text-decoration: line-through;
  }
  .widget .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .widget .clamped {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    overflow: hidden;
  }
  .widget .prose {
    min-inline-size: 0;
    font-size: calc(var(--size) * 0.9375);
    line-height: 1.55;
  }
  .widget .icon-box {
    display: inline-flex;
    inline-size: fit-content;
    flex: none;
    font-size: 16px;
  }
  .widget .icon-box.size-xs {
    font-size: 12px;
  }
  .widget .icon-box.size-sm {
    font-size: 14px;
  }
  .widget .icon-box.size-lg {
    font-size: 20px;
  }
  .widget .icon-box.size-xl {
    font-size: 24px;
  }
  .widget .icon-box.size-2xl {
    font-size: 32px;
  }
  .widget .icon-box.size-3xl {
    font-size: 40px;
  }
  .widget .image {
    max-inline-size: 100%;
    min-inline-size: 0;
    object-fit: cover;
    border-radius: min(var(--radius-control, 12px), 10px);
  }
  .widget .image.framed {
    border: 1px solid var(--line);
  }
  .widget .image.not-loaded {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-inline-size: 24px;
    min-block-size: 24px;
    background-color: color-mix(in oklab, var(--foreground) 7%, transparent);
    color: var(--faint);
    font-size: 18px;
  }
  .widget .table-box {
    max-inline-size: 100%;
    overflow-x: auto;
  }
  .widget .table-box > table {
    inline-size: 100%;
    border-collapse: collapse;
    font-size: calc(var(--size) * 0.875);
    font-variant-numeric: tabular-nums;
  }
  .widget .cell {
    padding: 8px 12px 8px 0;
    border-block-end: 1px solid var(--line);
    text-align: start;
    font-weight: inherit;
  }
  .widget .cell:dir(rtl) {
    padding: 8px 0 8px 12px;
  }
  .widget .cell:last-child {
    padding-inline-end: 0;
  }
  .widget th.cell {
    color: var(--muted);
    font-weight: 500;
  }
  .widget tbody > tr:last-child > .cell {
    border-block-end: 0;
  }
  .widget .cell > .box {
    gap: 4px;
  }
  .widget .align-center > .box {
    align-items: center;
    text-align: center;
  }
  .widget .align-end > .box {
    align-items: flex-end;
    text-align: end;
  }
  .widget .rise-start {
    vertical-align: top;
  }
  .widget .rise-end {
    vertical-align: bottom;
  }
  .widget .column-xs {
    inline-size: 56px;
  }
  .widget .column-sm {
    inline-size: 96px;
  }
  .widget .column-md {
    inline-size: 144px;
  }
  .widget .column-lg {
    inline-size: 208px;
  }
  .widget .column-xl {
    inline-size: 288px;
  }
`;
