export type StopSignals = {
  /** Resolves at the first SIGTERM or SIGINT. */
  first: Promise<NodeJS.Signals>;
  /** Resolves at the one after that. */
  second: Promise<NodeJS.Signals>;
};

export function stopSignals(): StopSignals {
  const first = Promise.withResolvers<NodeJS.Signals>();
  const second = Promise.withResolvers<NodeJS.Signals>();
  let seen = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    seen += 1;
    (seen === 1 ? first : second).resolve(signal);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return { first: first.promise, second: second.promise };
}
