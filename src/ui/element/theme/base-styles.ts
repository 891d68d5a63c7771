import { css } from "lit";
import { derivedColours } from "./derived-colours.ts";

/** Colours and measures, made of the properties that `themeOf` sets, and what all parts share. */
export const baseStyles = css`
  :host {
    --gray-hue: 0;
    --gray-chroma: 0;
    --gray-shift: 0;
    --gray: calc(var(--gray-chroma)) var(--gray-hue);
    --background: oklch(calc(1 + min(0, var(--gray-shift))) var(--gray));
    --foreground: oklch(0.2 var(--gray));
    --accent: var(--foreground);
    --on-accent: oklch(from var(--accent) clamp(0, (0.68 - l) * 1000, 1) 0 h);
    ${derivedColours}
    --bubble: color-mix(in oklab, var(--accent) var(--accent-share), color-mix(in oklab, var(--foreground) 5.5%, var(--background)));
    --raised: var(--background);
    --danger: oklch(0.53 0.19 27);
    --warning: oklch(0.5 0.11 70);
    --info: oklch(0.5 0.13 250);
    --shadow: 0 1px 2px oklch(0 0 0 / 0.04), 0 6px 24px oklch(0 0 0 / 0.06);
    --shadow-menu: 0 2px 6px oklch(0 0 0 / 0.06), 0 12px 40px oklch(0 0 0 / 0.14);
    display: block;
    position: relative;
    block-size: 100%;
    min-block-size: 0;
    overflow: hidden;
    container: chat / inline-size;
    color: var(--foreground);
    color-scheme: light;
    background: var(--background);
    font: var(--text-size, 16px) / 1.6 var(--font);
    -webkit-font-smoothing: antialiased;
    text-size-adjust: 100%;
  }
  :host([hidden]) {
    display: none;
  }
  :host([data-scheme="dark"]) {
    --background: oklch(calc(0.215 + var(--gray-shift)) var(--gray));
    --foreground: oklch(0.945 var(--gray));
    --raised: color-mix(in oklab, var(--foreground) 5%, var(--background));
    --danger: oklch(0.72 0.16 25);
    --warning: oklch(0.8 0.13 80);
    --info: oklch(0.75 0.11 245);
    --shadow: 0 1px 2px oklch(0 0 0 / 0.2), 0 6px 24px oklch(0 0 0 / 0.2);
    --shadow-menu: 0 2px 6px oklch(0 0 0 / 0.3), 0 12px 40px oklch(0 0 0 / 0.5);
    color-scheme: dark;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  input,
  textarea {
    font: inherit;
    color: inherit;
    letter-spacing: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.4em;
    margin: 0;
    padding: 0;
    border: 0;
    border-radius: var(--radius-control);
    background: none;
    cursor: pointer;
    touch-action: manipulation;
  }
  button:disabled {
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid color-mix(in oklab, var(--foreground) 70%, transparent);
    outline-offset: 2px;
  }
  .icon-button {
    inline-size: 2.25rem;
    block-size: 2.25rem;
    flex: none;
    color: var(--muted);
    font-size: 1.125rem;
    transition: background-color 0.12s, color 0.12s;
  }
  .icon-button.small {
    inline-size: 1.875rem;
    block-size: 1.875rem;
    font-size: 1rem;
    border-radius: min(var(--radius-control), 0.625rem);
  }
  .text-button {
    padding: 0.35em 0.9em;
    border: 1px solid var(--line-strong);
    font-size: 0.875em;
    font-weight: 500;
    transition: background-color 0.12s;
  }
  .text-button.primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }
  .text-button.danger {
    border-color: transparent;
    background: var(--danger);
    color: var(--background);
  }
  @media (hover: hover) {
    .icon-button:hover:not(:disabled),
    .text-button:hover:not(:disabled, .primary, .danger) {
      background: var(--hover);
      color: var(--foreground);
    }
    .text-button:is(.primary, .danger):hover:not(:disabled) {
      opacity: 0.9;
    }
  }
  .said-only {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .spinner {
    inline-size: 1em;
    block-size: 1em;
    flex: none;
    border: 2px solid var(--line-strong);
    border-block-start-color: var(--foreground);
    border-radius: 50%;
    animation: turn 0.8s linear infinite;
  }
  .shimmer {
    background: linear-gradient(90deg, var(--faint) 35%, var(--foreground) 50%, var(--faint) 65%) 0 / 300% 100%;
    background-clip: text;
    color: transparent;
    animation: shimmer 2.2s linear infinite;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @keyframes shimmer {
    from {
      background-position: 100% 0;
    }
    to {
      background-position: 0 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 0.001s !important;
      animation-iteration-count: 1 !important;
      transition-duration: 0s !important;
      scroll-behavior: auto !important;
    }
    .shimmer {
      background: none;
      color: var(--faint);
    }
  }
  @media (forced-colors: active) {
    .shimmer {
      color: CanvasText;
    }
  }
`;
