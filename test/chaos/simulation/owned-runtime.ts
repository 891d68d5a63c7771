import type { Clock } from "../../../src/server/clock.ts";
import type { Scheduler } from "./scheduler.ts";

type Timer = { stop(): void; unref(): Timer; ref(): Timer };

/**
 * The server's clock and the leases' are ports, and the simulation has its own. What has no port asks the runtime: the heartbeats of a
 * stream, the shutdown, the rounds of recovery and deletion, the turns of the event loop in which SQLite commits and equal requests are
 * found, dates and ids. For the length of a simulation those functions of the runtime are the scheduler's, and each call belongs to the
 * process whose code is running.
 *
 * @param clock of the process whose code is running @param wallClock the time that dates are made from, in milliseconds
 * @returns a function that gives them back
 */
export function ownRuntime(scheduler: Scheduler, clock: () => Clock, wallClock: () => number): () => void {
  let ids = 0;
  const id = () => String(++ids);
  const after = (ms: number, work: () => void) => timer(clock().after(ms, work));
  const clear = (one: Timer | undefined) => one?.stop();
  const RealDate = Date;
  class SimulatedDate extends RealDate {
    constructor(given?: number | string) {
      super(given ?? wallClock());
    }
    static override now = wallClock;
  }
  const owned: [of: object, name: string, value: unknown][] = [
    [globalThis, "Date", SimulatedDate],
    [globalThis, "setTimeout", (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => after(ms, () => work(...args))],
    [globalThis, "setInterval", (work: () => void, ms: number) => every(clock(), ms, work)],
    [globalThis, "setImmediate", (work: () => void) => scheduler.nextTurn(work)],
    [globalThis, "clearTimeout", clear],
    [globalThis, "clearInterval", clear],
    [performance, "now", () => clock().now()],
    [Bun, "sleep", (ms: number) => scheduler.sleep(ms)],
    [Bun, "randomUUIDv7", id],
    [crypto, "randomUUID", id],
  ];
  const before = owned.map(([of, name, value]) => {
    const was = { isOwn: Object.hasOwn(of, name), value: Reflect.get(of, name) as unknown };
    Reflect.set(of, name, value);
    return was;
  });
  return () => {
    for (const [i, [of, name]] of owned.entries()) {
      if (before[i]!.isOwn) Reflect.set(of, name, before[i]!.value);
      else Reflect.deleteProperty(of, name);
    }
  };
}

function timer(stop: () => void): Timer {
  const made: Timer = { stop, unref: () => made, ref: () => made };
  return made;
}

function every(clock: Clock, ms: number, work: () => void): Timer {
  let stop = () => {};
  const next = () => {
    stop = clock.after(ms, () => {
      next();
      work();
    });
  };
  next();
  return timer(() => stop());
}
