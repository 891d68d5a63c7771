import { css } from "lit";
import { codeStyles } from "./code-styles.ts";

const textStyles = css`
  .markdown {
    overflow-wrap: anywhere;
    min-inline-size: 0;
  }
  .markdown :is(p, ul, ol, blockquote, .table, .code, .formula, hr, dl, details) {
    margin-block: 0 1em;
  }
  .markdown :is(h4, h5, h6) {
    margin-block: 1.6em 0.6em;
    font-weight: 600;
    line-height: 1.3;
    font-size: 1em;
  }
  .markdown .h1 {
    font-size: 1.5em;
    letter-spacing: -0.015em;
  }
  .markdown .h2 {
    font-size: 1.25em;
    letter-spacing: -0.01em;
  }
  .markdown .h3 {
    font-size: 1.125em;
  }
  .markdown > .part:first-child > :first-child,
  .markdown :is(li, blockquote, td, th, details) > :first-child {
    margin-block-start: 0;
  }
  .markdown > .part:last-child > :last-child,
  .markdown :is(li, blockquote, td, th, details) > :last-child {
    margin-block-end: 0;
  }
  .markdown > .part:nth-child(n + 64) {
    content-visibility: auto;
    contain-intrinsic-block-size: auto 40em;
  }
  .markdown .as-written {
    white-space: pre-wrap;
  }
  .markdown :is(ul, ol) {
    padding-inline-start: 1.6em;
  }
  .markdown li + li,
  .markdown li > :is(ul, ol) {
    margin-block-start: 0.35em;
  }
  .markdown li::marker {
    color: var(--faint);
    font-variant-numeric: tabular-nums;
  }
  .markdown li.task {
    list-style: none;
  }
  .markdown li.task > input {
    margin-inline: -1.45em 0.45em;
    vertical-align: -0.1em;
    accent-color: var(--accent);
  }
  .markdown blockquote {
    margin-inline: 0;
    padding-inline-start: 1em;
    border-inline-start: 3px solid var(--line-strong);
    color: var(--muted);
  }
  .markdown hr {
    border: 0;
    border-block-start: 1px solid var(--line);
    margin-block: 1.75em;
  }
  .markdown a[href] {
    color: inherit;
    text-decoration: underline;
    text-decoration-color: color-mix(in oklab, currentColor 40%, transparent);
    text-underline-offset: 0.18em;
    text-decoration-thickness: from-font;
  }
  .markdown a[href]:hover {
    text-decoration-color: currentColor;
  }
  .markdown img {
    max-inline-size: 100%;
    block-size: auto;
    border-radius: min(var(--radius-control), 0.75rem);
    vertical-align: middle;
  }
  .markdown .unloaded {
    display: inline-flex;
    align-items: center;
    gap: 0.4em;
    max-inline-size: 100%;
    padding: 0.15em 0.6em;
    border: 1px dashed var(--line-strong);
    border-radius: 0.5em;
    color: var(--muted);
    font-size: 0.875em;
    text-decoration: none;
  }
  .markdown .table {
    max-inline-size: 100%;
    overflow-x: auto;
  }
  .markdown table {
    border-collapse: collapse;
    min-inline-size: 100%;
    font-size: 0.9375em;
    font-variant-numeric: tabular-nums;
  }
  .markdown :is(th, td) {
    padding: 0.6em 1.2em 0.6em 0;
    border-block-end: 1px solid var(--line);
    text-align: start;
    vertical-align: top;
    min-inline-size: 4em;
    /* A table scrolls rather than breaking its numbers in two. */
    overflow-wrap: break-word;
  }
  .markdown :is(th, td):dir(rtl) {
    padding: 0.6em 0 0.6em 1.2em;
  }
  .markdown th {
    font-weight: 600;
    border-block-end-color: var(--line-strong);
    white-space: nowrap;
  }
  .markdown tr:last-child > td {
    border-block-end: 0;
  }
  .markdown .right {
    text-align: end;
  }
  .markdown .center {
    text-align: center;
  }
  .markdown .formula {
    overflow-x: auto;
    overflow-y: hidden;
    padding-block: 0.15em;
    text-align: center;
  }
  .markdown math {
    font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "Noto Sans Math", math;
    font-size: 1.08em;
    line-height: 1.2;
  }
  .markdown summary {
    cursor: pointer;
    font-weight: 500;
  }
  .markdown kbd {
    padding: 0.1em 0.4em;
    border: 1px solid var(--line-strong);
    border-block-end-width: 2px;
    border-radius: 0.35em;
    font: 0.8em var(--font-mono);
  }
  .markdown mark {
    background: color-mix(in oklab, var(--warning) 25%, transparent);
    color: inherit;
  }
`;

export const markdownStyles = [textStyles, codeStyles];
