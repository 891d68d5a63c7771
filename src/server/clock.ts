/** The time that answers are measured with: it never goes backwards, and timers can be called off. Simulations in tests have their own. */
export type Clock = {
  /** Milliseconds since some fixed moment. Setting the system's clock does not change it. */
  now(): number;
  /** Calls `work` once after `ms`; the function returned calls that off. */
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

/** The result of the work, or undefined when it takes longer than `ms`. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const callOff = clock.after(ms, () => late.resolve(undefined));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    callOff();
  }
}
