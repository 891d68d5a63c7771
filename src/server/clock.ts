/** Time as this room has it: it only goes forward, and what waits for it can be called off. A simulation brings one of its own. */
export type Clock = {
  /** Milliseconds since some moment, whatever is done to the wall clock. */
  now(): number;
  /** Calls back once, after that long; answers how to call it off. */
  after(ms: number, work: () => void): () => void;
};

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** What the work comes to, or undefined when it takes longer than that. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const callOff = clock.after(ms, () => late.resolve(undefined));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    callOff();
  }
}
