import type { Seat } from "./reuse-port.ts";

/** Why a process ends, and what becomes of new requests. */
export type Ending = {
  reason: string;
  /** Another process on the same port takes over. Otherwise nobody does: then new requests, and probes, are answered 503. */
  isReplaced?: boolean;
  /** Of a process that is replaced, where it is known. */
  seat?: Seat | undefined;
};

export type StopSignals = {
  /** Resolves at the first SIGTERM or SIGINT, or when the supervisor says so. */
  first: Promise<Ending>;
  /** Resolves at the second one. */
  second: Promise<unknown>;
};

export function stopSignals(): StopSignals {
  const first = Promise.withResolvers<Ending>();
  const second = Promise.withResolvers<void>();
  onStopSignal((reason, isFirst) => (isFirst ? first.resolve({ reason }) : second.resolve()));
  return { first: first.promise, second: second.promise };
}

export function onStopSignal(listener: (signal: string, isFirst: boolean) => void): void {
  let isFirst = true;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      listener(signal, isFirst);
      isFirst = false;
    });
  }
}
