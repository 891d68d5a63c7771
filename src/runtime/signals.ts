export type StopSignals = {
  /** Resolves at the first SIGTERM or SIGINT. */
  first: Promise<string>;
  /** Resolves at the second signal. */
  second: Promise<string>;
  /** Acts as the first signal, if none has come. */
  stop(reason: string): void;
  /** Acts as the second signal. */
  leave(reason: string): void;
};

export function stopSignals(): StopSignals {
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  let seen = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    seen += 1;
    (seen === 1 ? first : second).resolve(signal);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return { first: first.promise, second: second.promise, stop: first.resolve, leave: second.resolve };
}
