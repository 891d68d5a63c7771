import type { Ledger } from "./ledger.ts";

export type Run = {
  number: number;
  /** The number of its first listing: threads that were last listed before it have not been seen by this run. */
  firstPass: number;
  beganAt: string;
};

export function beginRun(ledger: Ledger): Run {
  return ledger.write(() => ({ number: next(ledger, "run"), firstPass: last(ledger, "pass") + 1, beganAt: new Date().toISOString() }));
}

/** Begins a listing. */
export function nextPass(ledger: Ledger): number {
  return next(ledger, "pass");
}

function next(ledger: Ledger, counter: string): number {
  const number = last(ledger, counter) + 1;
  ledger.setFact(counter, String(number));
  return number;
}

function last(ledger: Ledger, counter: string): number {
  return Number(ledger.fact(counter) ?? 0);
}
