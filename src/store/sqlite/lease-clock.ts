import { readFileSync } from "node:fs";

/** The clock that leases are read on: one for all processes of the machine. */
export type LeaseClock = {
  /** In milliseconds. */
  now(): number;
  /** Of the boot that the clock counts from: with another one it says nothing. Null is the wall clock, which somebody may set. */
  readonly bootId: string | null;
};

const UPTIME = "/proc/uptime";
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
/** Read again after that long, for while a machine sleeps a process's own clock may stand still. */
const MEASURED_FOR_MS = 1000;

/** The machine's uptime, or the wall clock where it does not tell. */
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
