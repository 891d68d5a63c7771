const UNITS = [
  ["s", 1000, 90],
  ["min", 60_000, 90],
  ["h", 3_600_000, 48],
] as const;

/** A time in words. Since a server may ask for any wait, times longer than two days are not given exactly. */
export function spokenDuration(ms: number): string {
  for (const [unit, length, most] of UNITS) if (ms <= length * most) return `${Math.ceil(ms / length)} ${unit}`;
  return "more than 2 days";
}
