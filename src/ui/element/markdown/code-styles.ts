import { css } from "lit";

export const codeStyles = css`
  .markdown code {
    padding: 0.15em 0.4em;
    border-radius: 0.35em;
    background: color-mix(in oklab, var(--foreground) 7%, transparent);
    font: 0.875em / 1.5 var(--font-mono);
    -webkit-box-decoration-break: clone;
    box-decoration-break: clone;
  }
  .markdown .code {
    --comment: var(--faint);
    --keyword: light-dark(#a626a4, #d8a1f5);
    --string: light-dark(#1a7f37, #9cd9a3);
    --number: light-dark(#a04a00, #f0b47e);
    --title: light-dark(#2058c7, #8fbbff);
    --builtin: light-dark(#0b6e78, #7fd4dd);
    overflow: clip;
    margin-inline: 0;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-surface), 0.875rem);
    background: var(--quiet);
    text-align: left;
  }
  .markdown .code figcaption {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 0.35rem 0.45rem 0 1rem;
    color: var(--muted);
    font-size: 0.8125rem;
    min-block-size: 2.35rem;
  }
  .markdown .copy {
    inline-size: 2rem;
    block-size: 2rem;
    border-radius: min(var(--radius-control), 0.5rem);
    color: var(--muted);
    font-size: 1rem;
  }
  .markdown .copy:hover {
    background: var(--hover);
    color: var(--foreground);
  }
  .markdown .copy > :last-child,
  .markdown .copy.copied > :first-child {
    display: none;
  }
  .markdown .copy.copied > :last-child {
    display: inline-block;
  }
  .markdown pre {
    overflow-x: auto;
    margin: 0;
    padding: 0.25rem 1rem 1rem;
    tab-size: 2;
  }
  .markdown pre:focus-visible {
    outline-offset: -2px;
  }
  .markdown pre code {
    padding: 0;
    border-radius: 0;
    background: none;
    font-size: 0.8438em;
    line-height: 1.6;
    white-space: pre;
    overflow-wrap: normal;
  }
  .markdown .off-screen {
    position: fixed;
    inset-block-start: 0;
    opacity: 0;
  }
  .markdown :is(.hljs-comment, .hljs-quote) {
    color: var(--comment);
  }
  .markdown :is(.hljs-keyword, .hljs-selector-tag, .hljs-doctag, .hljs-section, .hljs-selector-pseudo) {
    color: var(--keyword);
  }
  .markdown :is(.hljs-string, .hljs-regexp, .hljs-addition, .hljs-meta .hljs-string) {
    color: var(--string);
  }
  .markdown :is(.hljs-number, .hljs-literal, .hljs-symbol, .hljs-bullet, .hljs-variable, .hljs-template-variable) {
    color: var(--number);
  }
  .markdown :is(.hljs-title, .hljs-name, .hljs-selector-id, .hljs-selector-class, .hljs-link) {
    color: var(--title);
  }
  .markdown :is(.hljs-built_in, .hljs-type, .hljs-attr, .hljs-attribute, .hljs-meta, .hljs-property) {
    color: var(--builtin);
  }
  .markdown .hljs-deletion {
    color: var(--danger);
  }
  .markdown .hljs-emphasis {
    font-style: italic;
  }
  .markdown .hljs-strong {
    font-weight: 600;
  }
`;
