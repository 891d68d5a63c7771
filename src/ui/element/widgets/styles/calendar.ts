import { css } from "lit";

export const calendarStyles = css`
  .widget .calendar {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: 12px;
    border: 1px solid var(--line);
    border-radius: min(var(--radius-surface, 16px), 16px);
    background: var(--raised);
    color: var(--foreground);
    box-shadow: var(--shadow-menu);
    font-weight: 400;
    font-size: 14px;
  }
  .widget .calendar-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding-block-end: 6px;
    font-weight: 600;
  }
  .widget .turn {
    inline-size: 32px;
    block-size: 32px;
    border-radius: 50%;
    color: var(--muted);
    font-size: 18px;
    cursor: pointer;
  }
  .widget :is(.turn, .day):hover:not(:disabled) {
    background: var(--hover);
    color: var(--foreground);
  }
  .widget .calendar table {
    border-collapse: collapse;
  }
  .widget .calendar :is(th, td) {
    padding: 1px;
    text-align: center;
  }
  .widget .calendar th {
    block-size: 28px;
    color: var(--faint);
    font-weight: 500;
    font-size: 12px;
  }
  .widget .day {
    inline-size: 36px;
    block-size: 36px;
    border-radius: 50%;
    font-variant-numeric: tabular-nums;
    cursor: pointer;
  }
  .widget .day.outside {
    color: var(--faint);
  }
  .widget .day.today {
    box-shadow: inset 0 0 0 1px var(--line-strong);
    font-weight: 600;
  }
  .widget .day[aria-disabled="true"] {
    opacity: 0.4;
    cursor: not-allowed;
  }
  .widget [aria-selected="true"] > .day,
  .widget [aria-selected="true"] > .day:hover {
    background: var(--accent);
    color: var(--on-accent);
  }
`;
