import { readFileSync } from "node:fs";

/** The clock that leases are measured with, the same for all processes of the machine. */
export type LeaseClock = {
  /** In milliseconds. */
  now(): number;
  /** Names the machine's start, from which the clock counts: times of different starts cannot be compared. Null for the wall clock. */
  readonly bootId: string | null;
};

const UPTIME = "/proc/uptime";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
/** How long a measurement is used. Not for ever, since a process's own clock may stand still while the machine sleeps. */
const MEASURED_FOR_MS = 1000;

/** The machine's uptime; the wall clock where that is not known. */
export function leaseClock(): LeaseClock {
  try {
    const bootId = readFileSync(BOOT_ID, "utf8").trim();
    if (bootId !== "" && Number.isFinite(uptimeMs())) return new Uptime(bootId);
  } catch {
    // Not Linux.
  }
  return { now: () => Date.now(), bootId: null };
}

class Uptime implements LeaseClock {
  #measuredAt = -Infinity;
  #ahead = 0;

  constructor(readonly bootId: string) {}

  now(): number {
    const time = performance.now();
    if (time - this.#measuredAt > MEASURED_FOR_MS) {
      this.#ahead = uptimeMs() - time;
      this.#measuredAt = time;
    }
    return Math.round(time + this.#ahead);
  }
}

function uptimeMs(): number {
  return Number.parseFloat(readFileSync(UPTIME, "utf8")) * 1000;
}
