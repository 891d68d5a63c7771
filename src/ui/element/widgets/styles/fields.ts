import { css } from "lit";

export const fieldStyles = css`
  .widget :is(.entry, .select) {
    --pad: 8px;
    --gutter: calc(var(--height) * 0.36);
    border: 1px solid var(--line-strong);
    background-color: transparent;
    color: var(--foreground);
    transition: border-color 0.12s;
  }
  .widget .entry {
    display: block;
    inline-size: 100%;
    min-inline-size: 0;
    padding-inline: var(--gutter);
  }
  .widget .entry::placeholder,
  .widget .editable::placeholder {
    color: var(--faint);
    opacity: 1;
  }
  .widget :is(.entry, .select).soft {
    border-color: transparent;
    background-color: color-mix(in oklab, var(--foreground) 6%, transparent);
  }
  .widget .select.solid {
    border-color: transparent;
    background-color: color-mix(in oklab, var(--foreground) 10%, var(--raised));
  }
  .widget .select.ghost {
    border-color: transparent;
  }
  .widget .entry:hover:not(:disabled),
  .widget .select.outline:hover:not(:has(> :disabled)) {
    border-color: color-mix(in oklab, var(--foreground) 30%, transparent);
  }
  .widget .entry:user-invalid {
    border-color: var(--danger);
  }
  .widget .entry:disabled,
  .widget :is(.option, .select):has(> :disabled) {
    opacity: 0.5;
    cursor: not-allowed;
  }
  .widget .entry.area {
    block-size: auto;
    padding-block: var(--pad);
    resize: vertical;
  }
  .widget .entry.area.growing {
    field-sizing: content;
    resize: none;
  }
  .widget .gutter-2xs {
    --gutter: 6px;
  }
  .widget .gutter-xs {
    --gutter: 8px;
  }
  .widget .gutter-sm {
    --gutter: 10px;
  }
  .widget .gutter-md {
    --gutter: 12px;
  }
  .widget .gutter-lg {
    --gutter: 14px;
  }
  .widget .gutter-xl {
    --gutter: 16px;
  }
  .widget .editable {
    display: block;
    inline-size: 100%;
    field-sizing: content;
    padding: 0;
    margin: 0;
    border: 0;
    border-radius: 4px;
    background: none;
    color: inherit;
    font-family: inherit;
    line-height: inherit;
    resize: none;
    outline-offset: 4px;
    box-shadow: 0 1px 0 0 var(--line-strong);
  }
  .widget .editable:user-invalid {
    box-shadow: 0 1px 0 0 var(--danger);
  }
  .widget .select {
    display: inline-flex;
    align-items: center;
    position: relative;
    max-inline-size: 100%;
    min-inline-size: 0;
    inline-size: fit-content;
    font-weight: 500;
  }
  .widget .select.block {
    display: flex;
    inline-size: 100%;
  }
  .widget .select:focus-within:has(:focus-visible) {
    outline: 2px solid color-mix(in oklab, var(--foreground) 70%, transparent);
    outline-offset: 2px;
  }
  .widget .select > .opener > span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .widget .select > :is(select, .opener) {
    flex: 1 1 auto;
    min-inline-size: 0;
    block-size: 100%;
    padding-inline: var(--gutter) calc(var(--gutter) + 1.5em);
    border: 0;
    border-radius: inherit;
    outline: 0;
    background: none;
    color: inherit;
    font: inherit;
    appearance: none;
    text-overflow: ellipsis;
    cursor: inherit;
  }
  .widget .select > select:has(> option[value=""]:checked) {
    color: var(--faint);
    font-weight: 400;
  }
  .widget .select > select > option {
    background: var(--raised);
    color: var(--foreground);
  }
  .widget .select:not(.date) > .icon:last-child {
    position: absolute;
    inset-inline-end: calc(var(--gutter) * 0.8);
    color: var(--muted);
    font-size: 1.1em;
    pointer-events: none;
  }
  .widget .select > .opener {
    justify-content: flex-start;
    gap: 0.5em;
    padding-inline-end: var(--gutter);
    cursor: pointer;
    white-space: nowrap;
  }
  .widget .opener > .icon {
    color: var(--muted);
    font-size: 1.1em;
  }
  .widget .opener.unset > span {
    color: var(--faint);
    font-weight: 400;
  }
  .widget .select > .clear {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 1.6em;
    block-size: 1.6em;
    border-radius: 50%;
    color: var(--muted);
    cursor: pointer;
  }
  .widget .select:not(.date) > .clear {
    position: absolute;
    inset-inline-end: calc(var(--gutter) * 0.8 + 1.3em);
  }
  .widget .select:has(> .clear) > select {
    padding-inline-end: calc(var(--gutter) + 3em);
  }
  .widget .select:has(> select > option[value=""]:checked) > .clear {
    visibility: hidden;
  }
  .widget .select.date > .clear {
    margin-inline: -4px 6px;
  }
  .widget .clear:hover {
    background: var(--hover);
    color: var(--foreground);
  }
  .widget .option {
    display: inline-flex;
    inline-size: fit-content;
    align-items: flex-start;
    gap: 8px;
    font-size: calc(var(--size) * 0.875);
    line-height: 20px;
    cursor: pointer;
  }
  .widget .option > input {
    appearance: none;
    display: grid;
    place-content: center;
    flex: none;
    inline-size: 18px;
    block-size: 18px;
    margin: 1px 0;
    border: 1.5px solid color-mix(in oklab, var(--foreground) 50%, transparent);
    border-radius: min(var(--radius-control, 6px), 6px);
    background: transparent;
    cursor: inherit;
  }
  .widget .option > input[type="radio"] {
    border-radius: 50%;
  }
  .widget .option > input::before {
    content: "";
    inline-size: 10px;
    block-size: 10px;
    scale: 0;
    background: var(--on-accent);
    clip-path: polygon(12% 46%, 0 60%, 38% 94%, 100% 20%, 86% 8%, 36% 68%);
    transition: scale 0.1s;
  }
  .widget .option > input[type="radio"]::before {
    inline-size: 8px;
    block-size: 8px;
    border-radius: 50%;
    clip-path: none;
  }
  .widget .option > input:checked {
    border-color: var(--accent);
    background: var(--accent);
  }
  .widget .option > input:checked::before {
    scale: 1;
  }
  .widget .option > input:user-invalid {
    border-color: var(--danger);
  }
  @media (forced-colors: active) {
    .widget .option > input {
      appearance: auto;
    }
  }
  .widget .radios {
    display: flex;
    flex-wrap: wrap;
    gap: 10px 20px;
  }
  .widget .radios.axis-col {
    gap: 10px;
  }
`;
