const UNITS = [
  ["s", 1000, 90],
  ["min", 60_000, 90],
  ["h", 3_600_000, 48],
] as const;

/** A time as people say it. A server may ask for any wait, so what is longer than two days is not told exactly. */
export function spokenDuration(ms: number): string {
  for (const [unit, length, most] of UNITS) if (ms <= length * most) return `${Math.ceil(ms / length)} ${unit}`;
  return "more than 2 days";
}
