import { css } from "lit";

export const historyStyles = css`
  .history {
    position: absolute;
    inset: 0;
    z-index: 2;
    display: flex;
    flex-direction: column;
    padding-inline: max(0.75rem, calc((100% - 44rem) / 2));
    background: var(--background);
    animation: rise 0.14s ease-out;
  }
  .history-head {
    display: flex;
    align-items: center;
    flex: none;
    min-block-size: 3.25rem;
  }
  .search {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    flex: none;
    margin-block-end: 0.5rem;
    padding-inline: 0.875rem;
    border: 1px solid var(--line);
    border-radius: var(--radius-control);
    color: var(--faint);
  }
  .search:focus-within {
    border-color: var(--line-strong);
  }
  .search input {
    flex: 1;
    min-inline-size: 0;
    min-block-size: 2.5rem;
    padding: 0;
    border: 0;
    outline: none;
    background: none;
    color: var(--foreground);
  }
  .search input::placeholder {
    color: var(--faint);
    opacity: 1;
  }
  .rows {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding-block-end: 1rem;
    scrollbar-width: thin;
  }
  .rows ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .group {
    margin: 0;
    padding: 0.875rem 0.625rem 0.25rem;
    color: var(--faint);
    font-size: 0.8125em;
    font-weight: 500;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 0.125rem;
    padding-inline-end: 0.25rem;
    border-radius: min(var(--radius-control), 0.75rem);
  }
  .row.current {
    background: var(--quiet);
  }
  .row:hover {
    background: var(--hover);
  }
  .row.editing {
    gap: 0.375rem;
    padding: 0.25rem 0.375rem 0.25rem 0.625rem;
  }
  .row.editing .line {
    flex: 1;
    min-inline-size: 0;
    margin: 0;
  }
  .row-title {
    flex: 1;
    justify-content: flex-start;
    min-inline-size: 0;
    min-block-size: 2.5rem;
    padding-inline: 0.625rem;
    text-align: start;
  }
  .row-title span,
  .ask {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .ask {
    flex: 1;
  }
  @media (hover: hover) {
    .row:not(:hover, :focus-within, .editing) .icon-button {
      opacity: 0;
    }
  }
  .more {
    display: block;
    margin: 0.75rem auto;
  }
`;
