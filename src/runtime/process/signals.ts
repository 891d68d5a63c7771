import type { Seat } from "./reuse-port.ts";

/** Why a process ends, and what becomes of new requests. */
export type Ending = {
  reason: string;
  /** Whether another process on the same port takes new requests. If not, new requests and probes are answered with 503. */
  isReplaced?: boolean;
  /** The place on the port of a process that is replaced, if known. */
  seat?: Seat | undefined;
};

export type StopSignals = {
  /** Resolves at the first SIGTERM or SIGINT, or at the supervisor's order. */
  first: Promise<Ending>;
  /** Resolves at the second of these. */
  second: Promise<unknown>;
};

export function stopSignals(): StopSignals {
  const first = Promise.withResolvers<Ending>();
  const second = Promise.withResolvers<void>();
  onStopSignal((reason, isFirst) => (isFirst ? first.resolve({ reason }) : second.resolve()));
  return { first: first.promise, second: second.promise };
}

/** Ctrl-C under `npm start` arrives twice: a terminal sends it to all processes of a group, and npm hands it on. So does systemd's stop. */
const SAME_MOMENT_MS = 100;

export function onStopSignal(listener: (signal: string, isFirst: boolean) => void): void {
  let firstAt: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined || now - firstAt > SAME_MOMENT_MS) listener(signal, firstAt === undefined);
      firstAt ??= now;
    });
  }
}
