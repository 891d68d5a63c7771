import type { StopSignals } from "./signals.ts";

/** From the supervisor to a worker: the first signal, and the second. */
export type WorkerOrder = "stop" | "leave";
/** From a worker to its supervisor, once it answers requests: the line that describes its agent. */
export type WorkerReport = { listening: string };

/**
 * The worker's end. Orders come this way and not as signals, since a terminal and systemd signal every process themselves: the
 * supervisor's would then be taken for the second one. A worker whose supervisor has died ends, for nobody would restart it.
 */
export function obeySupervisor({ stop, leave }: StopSignals): void {
  process.on("message", (order: WorkerOrder) => (order === "stop" ? stop : leave)("supervisor"));
  process.on("disconnect", () => stop("supervisor gone"));
}

export function reportListening(describe: string): void {
  process.send?.({ listening: describe } satisfies WorkerReport);
}
