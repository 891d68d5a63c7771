import { z } from "zod";

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;
/** Numbers above this are read as milliseconds, others as seconds; the limit is pydantic's. */
const SECONDS_LIMIT = 2e10;

/** A date in any form that the Python SDK accepts, as UTC with milliseconds and `Z`; without a zone it is read as UTC. Else undefined. */
export function toTimestamp(value: string | number | Date): string | undefined {
  if (value instanceof Date) return iso(value.getTime());
  if (typeof value === "number") return iso(Math.abs(value) > SECONDS_LIMIT ? value : value * 1000);
  if (CANONICAL.test(value)) return iso(Date.parse(value)) && value;
  const parts = ISO.exec(value.trim());
  if (parts) {
    const [, date, time = "00:00:00", fraction = "0", zone = "Z"] = parts;
    const seconds = time.length === 5 ? `${time}:00` : time;
    return iso(Date.parse(`${date}T${seconds}.${fraction.slice(0, 3).padEnd(3, "0")}${zone.toUpperCase()}`));
  }
  return /^-?\d+(\.\d+)?$/.test(value) ? toTimestamp(Number(value)) : undefined;
}

/** The present time in the form of the protocol. */
export const now = (): string => new Date().toISOString();

function iso(ms: number): string | undefined {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined;
}

export const timestamp = z.union([z.string(), z.number(), z.date()]).transform((value, check): string => {
  const utc = toTimestamp(value);
  if (utc === undefined) check.addIssue({ code: "custom", message: "Invalid date: expected ISO 8601" });
  return utc ?? z.NEVER;
});
