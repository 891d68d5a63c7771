import type { Seat } from "./reuse-port.ts";
import { onStopSignal, type Ending, type StopSignals } from "./signals.ts";

/**
 * A message from the supervisor to a worker: `stop` for the first signal, `leave` for the second; `retire` when another worker has taken
 * its place, and `spread` to that one when the other has gone.
 */
export type WorkerOrder = { do: "stop" | "leave" | "spread" } | { do: "retire"; seat: Seat | undefined };
/**
 * A message from a worker to its supervisor: that it has the port; that it answers requests, with the line that describes its agent; that
 * somebody has told it to end.
 */
export type WorkerReport = { isBound: true } | { listening: string } | { asked: string };

export function report(message: WorkerReport): void {
  process.send?.(message);
}

type Link = StopSignals & {
  /** Resolves when the supervisor has died: somebody may want to start the service anew, on the same port. */
  orphaned: Promise<void>;
};

/**
 * The worker's end of the link. Orders are messages and not signals, since a terminal and systemd signal all processes: a signal from
 * the supervisor would then count as the second one. One that only this worker gets asks the supervisor for a replacement. A worker
 * whose supervisor has died ends, since nobody would restart it.
 */
export function obeySupervisor(spread: () => void): Link {
  const first = Promise.withResolvers<Ending>();
  const second = Promise.withResolvers<void>();
  const orphaned = Promise.withResolvers<void>();
  onStopSignal((signal, isFirst) => (isFirst ? report({ asked: signal }) : second.resolve()));
  // The supervisor's affair, also when a terminal that closes tells everybody.
  process.on("SIGHUP", () => {});
  process.on("message", (order: WorkerOrder) => {
    if (order.do === "spread") spread();
    else if (order.do === "leave") second.resolve();
    else if (order.do === "retire") first.resolve({ reason: "replaced", isReplaced: true, seat: order.seat });
    else first.resolve({ reason: "supervisor" });
  });
  const onGone = () => {
    orphaned.resolve();
    first.resolve({ reason: "supervisor gone" });
  };
  process.on("disconnect", onGone);
  if (!process.connected) onGone();
  return { first: first.promise, second: second.promise, orphaned: orphaned.promise };
}
