import { css } from "lit";

/** The model's thoughts and its use of tools. */
export const workflowStyles = css`
  .workflow-title {
    display: inline-flex;
    align-items: center;
    gap: 0.4rem;
    max-inline-size: 100%;
    margin: 0;
    border-radius: 0.5rem;
    color: var(--faint);
    font-size: 0.9375em;
    cursor: pointer;
    list-style: none;
  }
  p.workflow-title {
    cursor: default;
  }
  .workflow-title::-webkit-details-marker {
    display: none;
  }
  summary.workflow-title:hover {
    color: var(--foreground);
  }
  .workflow-title > .icon {
    flex: none;
    font-size: 0.9em;
    transition: rotate 0.15s;
  }
  .workflow:not([open]) .workflow-title > .icon {
    rotate: -90deg;
  }
  .workflow:not([open]) .workflow-title:dir(rtl) > .icon {
    rotate: 90deg;
  }
  .steps {
    list-style: none;
    margin: 0.625rem 0 0;
    padding: 0;
  }
  .steps.single {
    margin: 0;
  }
  .step {
    display: flex;
    gap: 0.625rem;
    position: relative;
    padding-block-end: 0.625rem;
    color: var(--muted);
    font-size: 0.9375em;
    line-height: 1.5;
  }
  .step-icon {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 1.25rem;
    block-size: 1.5em;
  }
  li:not(:last-child) > .step::before {
    content: "";
    position: absolute;
    inset-block: 1.75em 0.125em;
    inset-inline-start: calc(0.625rem - 0.5px);
    inline-size: 1px;
    background: var(--line-strong);
  }
  .step-dot {
    inline-size: 0.375rem;
    block-size: 0.375rem;
    border-radius: 50%;
    background: var(--faint);
  }
  .step-body {
    min-inline-size: 0;
    flex: 1;
  }
  .step-title {
    margin: 0;
  }
  .step-text {
    color: var(--muted);
  }
  .queries {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    margin: 0.375rem 0 0;
  }
  .query {
    display: inline-flex;
    align-items: center;
    gap: 0.35rem;
    padding: 0.1em 0.6em;
    border-radius: 1rem;
    background: var(--quiet);
    font-size: 0.875em;
  }
`;
