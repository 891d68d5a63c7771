import { InvalidArgumentError } from "commander";

/** The longest that the API takes. */
const LONGEST_USER = 512;
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

export function parseFolder(given: string): string {
  if (given.trim() === "" || given.includes("\0")) throw new InvalidArgumentError("It has to name a folder.");
  return given;
}

export function parseUser(given: string): string {
  if (given === "" || given.length > LONGEST_USER) throw new InvalidArgumentError(`A user has 1 to ${LONGEST_USER} characters.`);
  return given;
}

/** A day or a moment in ISO 8601, in UTC unless it says otherwise; answers milliseconds. */
export function parseSince(given: string): number {
  const [, day = "", time = "00:00", zone = "Z"] = DATE.exec(given.trim()) ?? [];
  const ms = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  // A day that does not exist, such as February 30, would be read as one in the next month.
  const isDay = day !== "" && new Date(`${day}T00:00Z`).toJSON()?.startsWith(day);
  if (!isDay || Number.isNaN(ms)) throw new InvalidArgumentError("Expected a date, such as 2026-11-01 or 2026-11-01T09:30:00Z.");
  if (ms > Date.now()) throw new InvalidArgumentError("It lies in the future.");
  return ms;
}
