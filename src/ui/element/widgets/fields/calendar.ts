import { html, type TemplateResult } from "lit";
import { icon } from "../../icons/index.ts";
import type { WidgetTexts } from "../host.ts";
import { formatted, plusDays, plusMonths, today, weeksOf, type Day } from "./days.ts";

type CalendarProps = {
  /** The day that has the keyboard's focus; its month is shown. */
  at: Day;
  chosen: Day | undefined;
  min: Day | undefined;
  max: Day | undefined;
  locale: string;
  texts: WidgetTexts;
  move: (to: Day) => void;
  choose: (day: Day) => void;
};

/** A month as a grid of days, as the ARIA Authoring Practices describe it: arrows move by days and weeks, page keys by months. */
export function calendar(props: CalendarProps): TemplateResult {
  const { at, locale, texts, move } = props;
  const weeks = weeksOf(at, locale);
  const month = formatted(at, locale, { month: "long", year: "numeric" });
  return html`<div class="calendar-head">
      <button type="button" class="turn" aria-label=${texts.previousMonth} @click=${() => move(plusMonths(at, -1))}>${icon("chevron-left")}</button>
      <span aria-live="polite">${month}</span>
      <button type="button" class="turn" aria-label=${texts.nextMonth} @click=${() => move(plusMonths(at, 1))}>${icon("chevron-right")}</button>
    </div>
    <table role="grid" aria-label=${month} @keydown=${(event: KeyboardEvent) => pressed(event, props)}>
      <thead>
        <tr>
          ${weeks[0]!.map((day) => html`<th scope="col" abbr=${formatted(day, locale, { weekday: "long" })}>${formatted(day, locale, { weekday: "narrow" })}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${weeks.map((week) => html`<tr>${week.map((day) => dayCell(day, props))}</tr>`)}
      </tbody>
    </table>`;
}

function dayCell(day: Day, props: CalendarProps): TemplateResult {
  const { at, chosen, locale, choose } = props;
  const kind = `day${day.slice(0, 7) === at.slice(0, 7) ? "" : " outside"}${day === today() ? " today" : ""}`;
  const said = formatted(day, locale, { dateStyle: "full" });
  return html`<td role="gridcell" aria-selected=${day === chosen ? "true" : "false"}>
    <button type="button" class=${kind} data-day=${day} tabindex=${day === at ? 0 : -1} aria-label=${said} aria-disabled=${!isAllowed(day, props)} @click=${() => choose(day)}>
      ${formatted(day, locale, { day: "numeric" }).replace(/\D*$/, "")}
    </button>
  </td>`;
}

export function isAllowed(day: Day, { min, max }: Pick<CalendarProps, "min" | "max">): boolean {
  return (min === undefined || day >= min) && (max === undefined || day <= max);
}

function pressed(event: KeyboardEvent, { at, move }: CalendarProps): void {
  const forward = getComputedStyle(event.currentTarget as Element).direction === "rtl" ? -1 : 1;
  const target: Record<string, () => Day> = {
    ArrowRight: () => plusDays(at, forward),
    ArrowLeft: () => plusDays(at, -forward),
    ArrowDown: () => plusDays(at, 7),
    ArrowUp: () => plusDays(at, -7),
    PageDown: () => plusMonths(at, event.shiftKey ? 12 : 1),
    PageUp: () => plusMonths(at, event.shiftKey ? -12 : -1),
    Home: () => `${at.slice(0, 8)}01`,
    End: () => plusDays(plusMonths(`${at.slice(0, 8)}01`, 1), -1),
  };
  const next = Object.hasOwn(target, event.key) ? target[event.key] : undefined;
  if (!next) return;
  event.preventDefault();
  move(next());
}
