import type { StopSignals } from "./signals.ts";

/** A message from the supervisor to a worker: `stop` for the first signal, `leave` for the second. */
export type WorkerOrder = "stop" | "leave";
/** A message from a worker to its supervisor, once it answers requests, with the line that describes its agent. */
export type WorkerReport = { listening: string };

/**
 * The worker's end of the link. Orders are messages and not signals, since a terminal and systemd signal all processes: a signal from
 * the supervisor would then count as the second one. A worker whose supervisor has died ends, since nobody would restart it.
 */
export function obeySupervisor({ stop, leave }: StopSignals): void {
  process.on("message", (order: WorkerOrder) => (order === "stop" ? stop : leave)("supervisor"));
  process.on("disconnect", () => stop("supervisor gone"));
}

export function reportListening(describe: string): void {
  process.send?.({ listening: describe } satisfies WorkerReport);
}
