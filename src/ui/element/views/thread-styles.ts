import { css } from "lit";

/** The items of a thread. */
export const threadStyles = css`
  .item {
    padding-block-end: calc(1.25rem * var(--space));
    overflow-wrap: anywhere;
  }
  .message.user {
    display: flex;
    flex-direction: column;
    align-items: flex-end;
    gap: 0.375rem;
    padding-block-start: calc(0.25rem * var(--space));
  }
  .bubble {
    max-inline-size: min(85%, 36rem);
    padding: calc(0.55rem * var(--space)) 1rem;
    border-radius: min(var(--radius-surface), 1.375rem);
    background: var(--bubble);
    color: oklch(from var(--bubble) clamp(0.12, (0.68 - l) * 1000, 0.99) 0 h);
    white-space: pre-wrap;
    line-height: 1.5;
  }
  .tag {
    display: inline;
    border-radius: 0.375em;
    padding: 0.05em 0.3em;
    background: color-mix(in oklab, var(--info) 16%, transparent);
    color: inherit;
    font-weight: 500;
  }
  button.tag:hover {
    background: color-mix(in oklab, var(--info) 28%, transparent);
  }
  .quoted {
    display: flex;
    gap: 0.4rem;
    align-items: baseline;
    max-inline-size: min(85%, 36rem);
    margin: 0;
    color: var(--faint);
    font-size: 0.875em;
  }
  .quoted span {
    display: -webkit-box;
    -webkit-line-clamp: 3;
    -webkit-box-orient: vertical;
    overflow: hidden;
  }
  .attachments {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 0.5rem;
  }
  .picture {
    display: block;
    max-inline-size: min(16rem, 100%);
    max-block-size: 16rem;
    border-radius: min(var(--radius-control), 0.875rem);
    object-fit: cover;
  }
  .file,
  .source {
    display: inline-flex;
    align-items: center;
    gap: 0.4rem;
    max-inline-size: 100%;
    min-inline-size: 0;
    padding: 0.3em 0.75em;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-control), 1rem);
    color: var(--muted);
    font-size: 0.8125em;
    line-height: 1.4;
    text-decoration: none;
  }
  .file {
    padding: 0.5em 0.9em;
  }
  :is(a, button).source:hover {
    background: var(--hover);
    color: var(--foreground);
  }
  .source-title,
  .upload-name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .source-title {
    max-inline-size: 18rem;
    color: var(--foreground);
  }
  .source-host {
    color: var(--faint);
    white-space: nowrap;
  }
  .sources {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    padding-block-start: 0.625rem;
  }
  .assistant a[href^="chatkit-link://chatkit-source"] {
    display: inline-block;
    min-inline-size: 1.25em;
    margin-inline-start: 0.25em;
    padding-inline: 0.35em;
    border-radius: 0.7em;
    background: color-mix(in oklab, var(--foreground) 9%, var(--background));
    color: var(--muted);
    font-size: 0.75em;
    line-height: 1.5;
    text-align: center;
    text-decoration: none;
    vertical-align: 0.1em;
  }
  .assistant a[href^="chatkit-link://chatkit-source"]:hover {
    background: var(--foreground);
    color: var(--background);
  }
  .plain {
    white-space: pre-wrap;
  }
  .turn-actions {
    display: flex;
    gap: 0.125rem;
    margin-inline-start: -0.4rem;
    padding-block-start: 0.25rem;
  }
  .turn-actions [aria-pressed="true"] {
    color: var(--foreground);
  }
  .turn-actions [aria-pressed="true"] .icon {
    fill: color-mix(in oklab, currentColor 25%, transparent);
  }
  .turn-actions .done {
    color: var(--foreground);
    background: var(--hover);
  }
  .progress {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    min-block-size: 1.6em;
    margin: 0;
    color: var(--faint);
  }
  .pulse {
    inline-size: 0.75rem;
    block-size: 0.75rem;
    border-radius: 50%;
    background: var(--foreground);
    animation: pulse 1.2s ease-in-out infinite alternate;
  }
  @keyframes pulse {
    from {
      opacity: 0.25;
      scale: 0.75;
    }
  }
  .notice {
    display: flex;
    gap: 0.625rem;
    margin: 0 0 1rem;
    padding: 0.7rem 0.9rem;
    border-radius: min(var(--radius-surface), 0.875rem);
    --tone: var(--info);
    background: color-mix(in oklab, var(--tone) 9%, var(--background));
    font-size: 0.9375em;
    line-height: 1.5;
  }
  .notice > .icon {
    margin-block-start: 0.25em;
    color: var(--tone);
  }
  .notice > div {
    flex: 1;
    min-inline-size: 0;
  }
  .notice p {
    margin: 0;
  }
  .notice.warning {
    --tone: var(--warning);
  }
  .notice.danger {
    --tone: var(--danger);
  }
  .notice-title {
    font-weight: 600;
  }
  .notice-row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.5rem 1rem;
  }
  .generated {
    margin: 0;
    max-inline-size: 26rem;
  }
  .generated :is(img, .blank) {
    display: block;
    inline-size: 100%;
    border-radius: min(var(--radius-surface), 1rem);
  }
  .generated .blank {
    aspect-ratio: 1;
    background: var(--quiet);
  }
  .generated.live img {
    filter: blur(6px);
  }
  .generated figcaption {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    padding-block-start: 0.5rem;
    font-size: 0.875em;
  }
  progress {
    appearance: none;
    inline-size: 5rem;
    block-size: 0.25rem;
    border: 0;
    border-radius: 1rem;
    overflow: hidden;
    background: var(--line);
    accent-color: var(--accent);
  }
  progress::-webkit-progress-bar {
    background: var(--line);
  }
  progress::-webkit-progress-value {
    background: var(--accent);
    transition: inline-size 0.2s;
  }
  progress::-moz-progress-bar {
    background: var(--accent);
  }
`;
