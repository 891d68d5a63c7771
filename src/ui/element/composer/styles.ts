import { css } from "lit";

export const composerStyles = css`
  .composer {
    position: relative;
    margin: 0;
  }
  .composer-box {
    padding: calc(0.625rem * var(--space)) 0.625rem 0.5rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-surface);
    background: var(--raised);
    box-shadow: var(--shadow);
    transition: border-color 0.15s;
  }
  .composer-box:focus-within {
    border-color: var(--line-strong);
  }
  .field {
    display: grid;
    max-block-size: min(14rem, 40cqb);
    max-block-size: 14rem;
    padding-inline: 0.5rem;
    overflow-y: auto;
    scrollbar-width: thin;
  }
  .mirror,
  .field textarea {
    grid-area: 1 / 1;
    margin: 0;
    padding: 0.25rem 0;
    border: 0;
    font: inherit;
    line-height: 1.5;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .mirror {
    color: transparent;
    pointer-events: none;
    user-select: none;
  }
  .mirror mark {
    border-radius: 0.3em;
    background: color-mix(in oklab, var(--info) 18%, transparent);
    color: transparent;
  }
  .field textarea {
    inline-size: 100%;
    min-block-size: 2rem;
    resize: none;
    overflow: hidden;
    outline: none;
    background: none;
  }
  .field textarea::placeholder {
    color: var(--faint);
    opacity: 1;
  }
  .composer-row {
    display: flex;
    align-items: center;
    gap: 0.125rem;
    padding-block-start: 0.25rem;
  }
  .send {
    inline-size: 2.25rem;
    block-size: 2.25rem;
    flex: none;
    margin-inline-start: 0.25rem;
    background: var(--accent);
    color: var(--on-accent);
    font-size: 1.125rem;
    transition: opacity 0.12s, background-color 0.12s;
  }
  .send:disabled {
    background: var(--line-strong);
    color: var(--background);
  }
  .send:hover:not(:disabled) {
    opacity: 0.86;
  }
  .tool,
  .model {
    min-block-size: 2.25rem;
    padding-inline: 0.7rem;
    color: var(--muted);
    font-size: 0.875em;
    white-space: nowrap;
  }
  .model {
    min-inline-size: 0;
  }
  .model span,
  .tool span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .tool[aria-pressed="true"] {
    background: color-mix(in oklab, var(--info) 13%, transparent);
    color: var(--info);
  }
  :is(.tool, .model):hover {
    background: var(--hover);
  }
  .dictate.on {
    background: color-mix(in oklab, var(--danger) 15%, transparent);
    color: var(--danger);
    animation: glow 1s ease-in-out infinite alternate;
  }
  @keyframes glow {
    to {
      background: color-mix(in oklab, var(--danger) 30%, transparent);
    }
  }
  .composer-problem {
    margin: 0;
    padding: 0.5rem 0.75rem 0;
    color: var(--danger);
    font-size: 0.875em;
  }
  .composer-problem p {
    margin: 0;
  }
  .quote-draft {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    padding: 0 0.25rem 0.375rem 0.5rem;
    color: var(--faint);
    font-size: 0.875em;
  }
  .quote-text {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .uploads {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    padding: 0 0.25rem 0.5rem;
  }
  .upload {
    position: relative;
    display: flex;
    align-items: center;
    gap: 0.5rem;
    max-inline-size: 14rem;
    padding: 0.55rem 0.75rem;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-control), 0.875rem);
    background: var(--background);
    font-size: 0.875em;
  }
  .upload.picture {
    padding: 0;
    border: 0;
  }
  .upload img {
    display: block;
    inline-size: 4rem;
    block-size: 4rem;
    border-radius: min(var(--radius-control), 0.75rem);
    object-fit: cover;
  }
  .upload.failed {
    border-color: var(--danger);
    color: var(--danger);
  }
  .upload progress {
    position: absolute;
    inset-inline: 0.75rem;
    inset-block-end: 0.25rem;
    inline-size: auto;
  }
  .remove {
    position: absolute;
    inset-block-start: -0.375rem;
    inset-inline-end: -0.375rem;
    inline-size: 1.5rem;
    block-size: 1.5rem;
    border: 2px solid var(--raised);
    border-radius: 50%;
    background: var(--foreground);
    color: var(--background);
    font-size: 0.75rem;
  }
  .menu {
    position: absolute;
    inset-block-end: calc(100% + 0.5rem);
    inset-inline-start: 0;
    z-index: 3;
    min-inline-size: min(17rem, 100%);
    max-inline-size: 100%;
    max-block-size: min(20rem, 45vh);
    padding: 0.375rem;
    overflow-y: auto;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-surface), 1rem);
    background: color-mix(in oklab, var(--foreground) 2%, var(--background));
    box-shadow: var(--shadow-menu);
    font-size: 0.9375em;
    animation: rise 0.12s ease-out;
  }
  .menu.at-models {
    inset-inline: auto 0;
  }
  @keyframes rise {
    from {
      opacity: 0;
      translate: 0 0.25rem;
    }
  }
  .menu-group {
    padding: 0.5rem 0.625rem 0.125rem;
    color: var(--faint);
    font-size: 0.8125em;
  }
  .menu-row {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    min-block-size: 2.25rem;
    padding: 0.3rem 0.625rem;
    border-radius: min(var(--radius-control), 0.625rem);
    cursor: pointer;
  }
  .menu-row[data-active] {
    background: var(--hover);
  }
  .menu-row[aria-disabled="true"] {
    opacity: 0.5;
    cursor: default;
  }
  .menu-icon {
    flex: none;
    font-size: 1.0625rem;
    color: var(--muted);
  }
  .menu-text {
    flex: 1;
    min-inline-size: 0;
  }
  .menu-label,
  .menu-description {
    display: block;
    line-height: 1.35;
  }
  .menu-description {
    color: var(--faint);
    font-size: 0.8125em;
  }
  .menu-empty {
    padding: 0.625rem;
    color: var(--faint);
  }
  @container chat (inline-size < 26rem) {
    .tool span {
      display: none;
    }
  }
`;
