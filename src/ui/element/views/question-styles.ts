import { css } from "lit";

/** Questions to the person, and the rows of a form. */
export const questionStyles = css`
  .questions {
    margin: 0;
  }
  .questions fieldset {
    min-inline-size: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .questions > fieldset,
  .questions.answered {
    padding: 1rem 1.125rem;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-surface), 1.25rem);
    background: var(--raised);
  }
  .question {
    padding-block-end: 1rem !important;
  }
  .question > :is(legend, label:not(.choice)) {
    display: block;
    padding: 0 0 0.375rem;
    font-weight: 550;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    padding: 0.375rem 0.625rem;
    margin-inline: -0.625rem;
    border-radius: 0.625rem;
    cursor: pointer;
  }
  .choice:hover {
    background: var(--hover);
  }
  .choice input {
    accent-color: var(--accent);
    inline-size: 1.0625rem;
    block-size: 1.0625rem;
    margin: 0;
  }
  .line {
    display: block;
    inline-size: 100%;
    margin-block-start: 0.25rem;
    padding: 0.45rem 0.75rem;
    border: 1px solid var(--line-strong);
    border-radius: min(var(--radius-control), 0.625rem);
    background: var(--background);
    resize: vertical;
  }
  .line::placeholder {
    color: var(--faint);
    opacity: 1;
  }
  .hint {
    margin: 0;
    color: var(--faint);
    font-size: 0.875em;
  }
  .row-end {
    display: flex;
    justify-content: flex-end;
    gap: 0.5rem;
  }
  .answer + .answer {
    margin-block-start: 0.75rem;
  }
  .answer p {
    margin: 0;
  }
  .answer-question {
    color: var(--faint);
    font-size: 0.875em;
  }
`;
