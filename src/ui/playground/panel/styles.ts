import { css } from "lit";

export const panelStyles = css`
  :host {
    --ink: oklch(0.25 0 0);
    --paper: oklch(0.985 0 0);
    --line: oklch(0.9 0 0);
    --faint: oklch(0.5 0 0);
    --hover: oklch(0 0 0 / 0.05);
    --bad: oklch(0.53 0.19 27);
    display: flex;
    flex-direction: column;
    min-inline-size: 0;
    min-block-size: 0;
    color: var(--ink);
    color-scheme: light;
    background: var(--paper);
    border-inline-start: 1px solid var(--line);
    font: 13px/1.5 ui-sans-serif, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  }
  :host([data-scheme="dark"]) {
    --ink: oklch(0.92 0 0);
    --paper: oklch(0.185 0 0);
    --line: oklch(0.3 0 0);
    --faint: oklch(0.7 0 0);
    --hover: oklch(1 0 0 / 0.07);
    --bad: oklch(0.72 0.16 25);
    color-scheme: dark;
  }
  * {
    box-sizing: border-box;
  }
  nav {
    display: flex;
    gap: 2px;
    flex: none;
    padding: 8px 8px 0;
    overflow-x: auto;
    border-block-end: 1px solid var(--line);
    scrollbar-width: none;
  }
  button,
  select,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }
  button {
    padding: 4px 10px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: none;
    cursor: pointer;
  }
  button:hover {
    background: var(--hover);
  }
  nav button {
    flex: none;
    padding: 6px 10px 8px;
    border: 0;
    border-radius: 6px 6px 0 0;
    color: var(--faint);
  }
  nav button[aria-selected="true"] {
    color: var(--ink);
    box-shadow: inset 0 -2px var(--ink);
  }
  :focus-visible {
    outline: 2px solid var(--ink);
    outline-offset: -2px;
  }
  .body {
    flex: 1;
    min-block-size: 0;
    overflow: auto;
    padding: 12px;
    scrollbar-width: thin;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px;
    margin-block-end: 10px;
  }
  .bar .grow {
    flex: 1;
  }
  .hint {
    margin: 0 0 10px;
    color: var(--faint);
  }
  .bad {
    color: var(--bad);
  }
  details {
    border-block-end: 1px solid var(--line);
  }
  summary {
    display: flex;
    gap: 8px;
    align-items: baseline;
    padding: 5px 4px;
    border-radius: 4px;
    cursor: pointer;
    list-style: none;
  }
  summary:hover {
    background: var(--hover);
  }
  summary .name {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  summary .figure,
  td {
    font-variant-numeric: tabular-nums;
  }
  .figure {
    color: var(--faint);
    white-space: nowrap;
  }
  details details {
    margin-inline-start: 12px;
    border: 0;
  }
  pre,
  textarea,
  code {
    font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  }
  pre {
    margin: 0 0 8px;
    padding: 8px 10px;
    border-radius: 6px;
    background: var(--hover);
    overflow: auto;
    max-block-size: 24rem;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  textarea {
    display: block;
    inline-size: 100%;
    min-block-size: 14rem;
    margin-block-end: 10px;
    padding: 8px 10px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: none;
    resize: vertical;
  }
  select,
  input {
    padding: 3px 6px;
    border: 1px solid var(--line);
    border-radius: 6px;
    background: var(--paper);
  }
  label {
    display: flex;
    align-items: center;
    gap: 6px;
    color: var(--faint);
  }
  table {
    inline-size: 100%;
    border-collapse: collapse;
  }
  td,
  th {
    padding: 4px 8px 4px 0;
    border-block-end: 1px solid var(--line);
    text-align: start;
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  th {
    color: var(--faint);
    font-weight: 500;
  }
  .widget {
    margin-block-end: 10px;
    padding: 12px;
    border: 1px solid var(--line);
    border-radius: 6px;
  }
  .tag {
    padding: 0 6px;
    border: 1px solid var(--line);
    border-radius: 10px;
    color: var(--faint);
    font-size: 11px;
  }
  h3 {
    margin: 14px 0 6px;
    font-size: 12px;
    font-weight: 600;
  }
`;
