import type { Ledger } from "./ledger.ts";

/** After so long an interrupted run is not gone on with: what it had read first may have changed since. */
const STALE_AFTER_MS = 12 * 3_600_000;

export type Run = {
  number: number;
  /** The first listing of this process; a thread that was listed before it is yet to be seen. */
  firstPass: number;
  beganAt: string;
};

/** A new run, or the one that was interrupted: what that has read to its end is not read again. */
export function beginRun(ledger: Ledger, now = new Date()): Run {
  const last = Number(ledger.fact("run") ?? 0);
  const lastBegan = ledger.fact("run_began") ?? "";
  const firstPass = Number(ledger.fact("pass") ?? 0) + 1;
  const isInterrupted = last > 0 && ledger.fact("run_ended") === undefined;
  if (isInterrupted && now.getTime() - Date.parse(lastBegan) < STALE_AFTER_MS) return { number: last, firstPass, beganAt: lastBegan };
  const run = { number: last + 1, firstPass, beganAt: now.toISOString() };
  ledger.write(() => {
    ledger.setFact("run", String(run.number));
    ledger.setFact("run_began", run.beganAt);
    ledger.run("delete from facts where name = 'run_ended'");
  });
  return run;
}

/** What has come to its end is repeated by the next run as a whole, and not gone on with. */
export function endRun(ledger: Ledger): void {
  ledger.setFact("run_ended", new Date().toISOString());
}

/** Begins a listing. */
export function nextPass(ledger: Ledger): number {
  const pass = Number(ledger.fact("pass") ?? 0) + 1;
  ledger.setFact("pass", String(pass));
  return pass;
}
