import { css } from "lit";

/** The frame: header, stage, the screen of a new thread. */
export const frameStyles = css`
  /* Where the page gives no size, it is that of a chat, not of all that was said in it. */
  :host {
    contain: size;
    contain-intrinsic-size: 24rem 40rem;
  }
  .frame {
    display: flex;
    flex-direction: column;
    position: absolute;
    inset: 0;
    text-align: start;
  }
  header {
    display: flex;
    align-items: center;
    gap: 0.125rem;
    flex: none;
    min-block-size: 3.25rem;
    padding: 0.375rem 0.75rem;
  }
  .title {
    flex: 1;
    min-inline-size: 0;
    margin: 0;
    padding-inline: 0.375rem;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 0.9375em;
    font-weight: 550;
    letter-spacing: -0.006em;
  }
  .stretch {
    flex: 1;
  }
  .stage {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-block-size: 0;
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    outline-offset: -2px;
    scrollbar-width: thin;
    scrollbar-color: var(--line-strong) transparent;
  }
  .column,
  .dock {
    inline-size: 100%;
    max-inline-size: 46rem;
    margin-inline: auto;
    padding-inline: 1.25rem;
  }
  .column {
    padding-block: calc(1rem * var(--space)) calc(2rem * var(--space));
  }
  .dock {
    flex: none;
    position: relative;
    padding-block-end: max(0.875rem, env(safe-area-inset-bottom));
  }
  .stage:not(.start) > .dock::before {
    content: "";
    position: absolute;
    inset-inline: 0;
    inset-block-end: 100%;
    block-size: 1.25rem;
    background: linear-gradient(to top, var(--background), transparent);
    pointer-events: none;
  }
  .start .scroll {
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
  }
  .start .column {
    padding-block-end: 0;
    margin-block: auto 0;
  }
  .greeting {
    margin: 0 0 calc(1.5rem * var(--space));
    font-size: clamp(1.375rem, 1.1rem + 1.6cqi, 1.875rem);
    line-height: 1.25;
    font-weight: 600;
    letter-spacing: -0.021em;
    text-wrap: balance;
  }
  .prompts {
    display: flex;
    flex-direction: column;
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .prompts button {
    inline-size: 100%;
    justify-content: flex-start;
    gap: 0.75rem;
    min-block-size: 2.75rem;
    padding: 0.4rem 0.75rem;
    border-radius: min(var(--radius-control), 0.75rem);
    color: var(--muted);
    font-size: 0.9375em;
    text-align: start;
    transition: background-color 0.12s, color 0.12s;
  }
  .prompt-icon {
    flex: none;
    font-size: 1.125rem;
  }
  @media (hover: hover) {
    .prompts button:hover {
      background: var(--hover);
      color: var(--foreground);
    }
  }
  /* Beside much room the composer is in the middle; where there is little, it stays at the bottom, near the thumb. */
  .start .dock {
    display: flex;
    flex-direction: column;
  }
  .start .prompts {
    order: -1;
    margin-block-end: 0.75rem;
    margin-inline: -0.75rem;
  }
  @container chat (inline-size > 44rem) {
    .start .scroll {
      flex: 1 1 38%;
    }
    .start .dock {
      flex: 1 1 62%;
    }
    .start .greeting {
      text-align: center;
    }
    .start .prompts {
      order: 0;
      margin-block: 1rem 0;
      margin-inline: 0.25rem;
    }
    .start .prompts li + li {
      border-block-start: 1px solid var(--line);
    }
    .start .prompts button {
      border-radius: 0.5rem;
    }
    .start .disclaimer {
      margin-block-start: auto;
    }
  }
  .disclaimer {
    padding-block-start: 0.625rem;
    color: var(--faint);
    font-size: 0.75em;
    line-height: 1.45;
    text-align: center;
    text-wrap: balance;
  }
  .disclaimer.strong {
    color: var(--foreground);
  }
  .closed {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    margin: 0;
    padding: 0.875rem 1rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-surface);
    color: var(--muted);
    font-size: 0.9375em;
  }
  .pill {
    position: absolute;
    inset-block-end: calc(100% + 0.75rem);
    inset-inline: 0;
    z-index: 1;
    inline-size: fit-content;
    min-inline-size: 2.25rem;
    min-block-size: 2.25rem;
    margin-inline: auto;
    padding-inline: 0.625rem;
    border: 1px solid var(--line);
    border-radius: 999px;
    background: var(--raised);
    box-shadow: var(--shadow);
    font-size: 0.8125em;
    font-weight: 500;
  }
  .quote-button {
    position: absolute;
    z-index: 1;
    padding: 0.25rem 0.75rem;
    border: 1px solid var(--line);
    border-radius: 999px;
    background: var(--raised);
    box-shadow: var(--shadow);
    font-size: 0.8125em;
    font-weight: 500;
  }
  .preview {
    position: absolute;
    z-index: 2;
    max-inline-size: min(22rem, 90%);
    padding: 0.75rem;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-surface), 1rem);
    background: var(--raised);
    box-shadow: var(--shadow-menu);
  }
  .drop {
    position: absolute;
    inset: 0.5rem;
    z-index: 4;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 0.5rem;
    border: 2px dashed var(--line-strong);
    border-radius: var(--radius-surface);
    background: color-mix(in oklab, var(--background) 90%, transparent);
    font-weight: 550;
    pointer-events: none;
  }
  .empty {
    display: flex;
    justify-content: center;
    margin: 0;
    padding: 1.5rem;
    color: var(--faint);
    font-size: 0.9375em;
  }
`;
