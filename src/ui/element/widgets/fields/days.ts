/** A day as `YYYY-MM-DD`: no moment, and in no time zone. Sorted as text, days are in order. */
export type Day = string;

/** The day of an ISO date, or of an ISO moment as it is written there. */
export function dayOf(value: unknown): Day | undefined {
  const day = typeof value === "string" ? /^\d{4}-\d{2}-\d{2}(?=$|T|\s)/.exec(value)?.[0] : undefined;
  return day !== undefined && fromUtc(utc(day)) === day ? day : undefined;
}

/** Today in the reader's time zone. */
export function today(): Day {
  const now = new Date();
  return fromUtc(new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())));
}

export function plusDays(day: Day, days: number): Day {
  const date = utc(day);
  date.setUTCDate(date.getUTCDate() + days);
  return fromUtc(date);
}

/** The same day of another month; its last day if it is shorter. */
export function plusMonths(day: Day, months: number): Day {
  const date = utc(`${day.slice(0, 8)}01`);
  date.setUTCMonth(date.getUTCMonth() + months);
  const first = fromUtc(date);
  const last = plusDays(fromUtc(new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1))), -1);
  return `${first.slice(0, 8)}${String(Math.min(Number(day.slice(8)), Number(last.slice(8)))).padStart(2, "0")}`;
}

/** The weeks that a calendar shows for the month of that day; they begin with the locale's first day of the week. */
export function weeksOf(day: Day, locale: string): Day[][] {
  const first = `${day.slice(0, 8)}01`;
  const back = (utc(first).getUTCDay() - firstWeekday(locale) + 7) % 7;
  const start = plusDays(first, -back);
  const weeks = Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_, index) => plusDays(start, week * 7 + index)));
  return weeks.filter((week) => week.some((one) => one.slice(0, 7) === day.slice(0, 7)));
}

/** 0 is Sunday, as `Date` counts. */
function firstWeekday(locale: string): number {
  const known = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return (known.getWeekInfo?.() ?? known.weekInfo ?? { firstDay: 1 }).firstDay % 7;
}

export function formatted(day: Day, locale: string, format: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...format, timeZone: "UTC" }).format(utc(day));
}

function utc(day: Day): Date {
  return new Date(`${day}T00:00:00Z`);
}

function fromUtc(date: Date): Day {
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10);
}
