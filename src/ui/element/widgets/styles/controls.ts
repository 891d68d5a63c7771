import { css } from "lit";

/** Buttons and badges, and the colours and sizes that all controls share. */
export const controlStyles = css`
  .widget .of-primary {
    --fill: var(--accent);
    --on-fill: var(--on-accent);
    --ink: var(--foreground);
    --tint: var(--foreground);
  }
  .widget .of-secondary {
    --fill: color-mix(in oklab, var(--foreground) 10%, var(--raised));
    --on-fill: var(--foreground);
    --ink: var(--foreground);
    --tint: var(--foreground);
  }
  .widget .badge.of-secondary {
    --fill: var(--muted);
    --on-fill: var(--background);
    --ink: var(--muted);
  }
  .widget .of-info {
    --fill: oklch(0.53 0.19 256);
    --ink: var(--info);
    --tint: oklch(0.62 0.19 256);
  }
  .widget .of-discovery {
    --fill: oklch(0.53 0.21 295);
    --ink: var(--discovery);
    --tint: oklch(0.62 0.2 295);
  }
  .widget .of-success {
    --fill: oklch(0.5 0.13 155);
    --ink: var(--success);
    --tint: light-dark(oklch(0.6 0.15 155), oklch(0.65 0.15 155));
  }
  .widget .of-caution {
    --fill: oklch(0.84 0.16 92);
    --on-fill: #231a00;
    --ink: light-dark(oklch(0.5 0.11 85), oklch(0.86 0.14 92));
    --tint: oklch(0.78 0.16 88);
  }
  .widget .of-warning {
    --fill: oklch(0.53 0.14 48);
    --ink: var(--warning);
    --tint: oklch(0.72 0.17 58);
  }
  .widget .of-danger {
    --fill: oklch(0.54 0.2 27);
    --ink: var(--danger);
    --tint: oklch(0.6 0.21 27);
  }
  .widget :is(.button, .badge) {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    flex: none;
    inline-size: fit-content;
    max-inline-size: 100%;
    border: 1px solid transparent;
    font-weight: 500;
    white-space: nowrap;
  }
  .widget .solid:is(.button, .badge) {
    background: var(--fill);
    color: var(--on-fill, #fff);
  }
  .widget .soft:is(.button, .badge) {
    background: color-mix(in oklab, var(--tint) 12%, transparent);
    color: var(--ink);
  }
  .widget .badge.soft {
    color: color-mix(in oklab, var(--ink) 90%, var(--foreground));
  }
  .widget .outline:is(.button, .badge) {
    border-color: color-mix(in oklab, var(--tint) 28%, transparent);
    color: var(--ink);
  }
  .widget .ghost.button {
    color: var(--ink);
  }
  .widget .size-3xs {
    --height: 22px;
    --text: 0.75;
  }
  .widget .size-2xs {
    --height: 24px;
    --text: 0.75;
  }
  .widget .size-xs {
    --height: 26px;
    --text: 0.8125;
  }
  .widget :is(.button, .entry, .select).size-sm {
    --height: 28px;
    --text: 0.8125;
  }
  .widget :is(.button, .entry, .select).size-md {
    --height: 32px;
    --text: 0.875;
  }
  .widget :is(.button, .entry, .select).size-lg {
    --height: 36px;
    --text: 0.875;
  }
  .widget :is(.button, .entry, .select).size-xl {
    --height: 40px;
    --text: 0.9375;
  }
  .widget .size-2xl:is(.button, .entry, .select) {
    --height: 44px;
    --text: 1;
  }
  .widget .size-3xl:is(.button, .entry, .select) {
    --height: 48px;
    --text: 1;
  }
  .widget :is(.button, .entry, .select) {
    --round: min(var(--radius-control, 24px), calc(var(--height) / 2));
    block-size: var(--height);
    border-radius: var(--round);
    font-size: calc(var(--size) * var(--text));
    line-height: 1.4;
  }
  .widget .entry.area {
    --round: min(var(--radius-control, 24px), 14px);
  }
  .widget .round:is(.button, .entry, .select, .badge) {
    border-radius: 9999px;
  }
  .widget .square:is(.button, .entry, .select) {
    border-radius: min(var(--radius-control, 8px), 8px);
  }
  .widget .button {
    gap: 0.45em;
    padding-inline: calc(var(--height) * 0.42);
    cursor: pointer;
    transition:
      background-color 0.12s,
      opacity 0.12s;
  }
  .widget .button > .label {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .widget .button > .icon {
    font-size: 1.2em;
  }
  .widget .button.bare {
    padding-inline: calc(var(--height) * 0.25);
    min-inline-size: var(--height);
  }
  .widget .button.uniform {
    inline-size: var(--height);
    padding: 0;
  }
  .widget .button.block {
    display: flex;
    inline-size: 100%;
  }
  .widget .button.icons-sm > .icon {
    font-size: 14px;
  }
  .widget .button.icons-md > .icon {
    font-size: 16px;
  }
  .widget .button.icons-lg > .icon {
    font-size: 18px;
  }
  .widget .button.icons-xl > .icon {
    font-size: 20px;
  }
  .widget .button.icons-2xl > .icon {
    font-size: 24px;
  }
  .widget .button:disabled {
    opacity: 0.45;
    cursor: not-allowed;
  }
  .widget .button[aria-busy="true"] {
    pointer-events: none;
  }
  .widget .button .spinner {
    border-color: color-mix(in oklab, currentColor 30%, transparent);
    border-block-start-color: currentColor;
  }
  @media (hover: hover) {
    .widget .button.solid:hover:not(:disabled) {
      background: color-mix(in oklab, var(--fill) 88%, var(--background));
    }
    .widget .button.solid.of-secondary:hover:not(:disabled) {
      background: color-mix(in oklab, var(--foreground) 15%, var(--raised));
    }
    .widget .button.soft:hover:not(:disabled) {
      background: color-mix(in oklab, var(--tint) 18%, transparent);
    }
    .widget .button:is(.outline, .ghost):hover:not(:disabled) {
      background: color-mix(in oklab, var(--tint) 8%, transparent);
    }
  }
  .widget .badge {
    border-radius: 6px;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .widget .badge.size-sm {
    padding: 1px 6px;
    font-size: calc(var(--size) * 0.75);
  }
  .widget .badge.size-md {
    padding: 2px 8px;
    font-size: calc(var(--size) * 0.8125);
  }
  .widget .badge.size-lg {
    padding: 3px 10px;
    border-radius: 8px;
    font-size: calc(var(--size) * 0.875);
  }
`;
