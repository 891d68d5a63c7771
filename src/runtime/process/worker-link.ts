import type { Seat } from "./reuse-port.ts";
import { onStopSignal, type Ending, type StopSignals } from "./signals.ts";

/** How often a worker tells its supervisor that it is alive. */
export const SIGN_OF_LIFE_MS = 1000;

/**
 * A message from the supervisor to a worker. `listen`: it may take the port. `stop`: the service ends; `leave`: it ends at once, after a
 * second signal. `retire`: another worker has taken its place. `avoid`: another one, there, does nothing any more, so new connections
 * should not go to it. `spread`: the one that retired has gone, or the other one is back, so all take connections as usual.
 */
export type WorkerOrder = { do: "listen" | "stop" | "leave" | "spread" } | { do: "retire" | "avoid"; seat: Seat | undefined };
/**
 * A message from a worker to its supervisor. `loaded`: it could answer requests, if it had the port; the text describes its agent.
 * `isListening`: it has the port. `isAlive`: a sign of life, again and again from then on. `asked`: somebody else has sent it that signal to
 * end.
 */
export type WorkerReport = { loaded: string } | { isListening: true } | { isAlive: true } | { asked: string };

export function report(message: WorkerReport): void {
  if (process.connected) process.send?.(message);
}

/** From now on, its supervisor will notice when this process does nothing any more. */
export function giveSignsOfLife(): void {
  setInterval(() => report({ isAlive: true }), SIGN_OF_LIFE_MS).unref();
}

export type Link = StopSignals & {
  /** Resolves when it may take the port. */
  turn: Promise<void>;
  /** Resolves when the supervisor has died: the port has to be free then, so that the service can be started again. */
  orphaned: Promise<void>;
};

/**
 * The worker's end of the link. The supervisor's orders are messages, not signals: a terminal and systemd send their signals to all
 * processes, so one from the supervisor would count as the second. A worker that gets a signal asks the supervisor for a replacement. A
 * worker whose supervisor has died ends, since nobody would restart it.
 * @param steer called with the place on the port that new connections should not go to, or undefined for none
 */
export function obeySupervisor(steer: (away: Seat | undefined) => void): Link {
  const first = Promise.withResolvers<Ending>();
  const second = Promise.withResolvers<void>();
  const turn = Promise.withResolvers<void>();
  const orphaned = Promise.withResolvers<void>();
  onStopSignal((signal, isFirst) => (isFirst ? report({ asked: signal }) : second.resolve()));
  // Ignored: only the supervisor acts on it, also when a closing terminal sends it to all processes.
  process.on("SIGHUP", () => {});
  process.on("message", (order: WorkerOrder) => {
    if (order.do === "listen") turn.resolve();
    else if (order.do === "spread") steer(undefined);
    else if (order.do === "avoid") steer(order.seat);
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
  return { first: first.promise, second: second.promise, turn: turn.promise, orphaned: orphaned.promise };
}
