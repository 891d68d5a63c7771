type Frames = AsyncGenerator<string, void>;

const END: IteratorResult<string, void> = { done: true, value: undefined };

/** Frames whose source is only known after the first frame is asked for: `begin` finds it. With undefined there are no frames. */
export function late(begin: () => Promise<Frames | undefined>): Frames {
  let begun: Promise<void> | undefined;
  let frames: Frames | undefined;
  const next = () => frames?.next() ?? Promise.resolve(END);
  const end = () => frames?.return() ?? Promise.resolve(END);
  return {
    // Once the source is known, it is asked directly: each step in between would cost time for every frame.
    next: () => frames?.next() ?? (begun ??= begin().then((known) => void (frames = known))).then(next),
    return: () => frames?.return() ?? (begun ?? Promise.resolve()).then(end),
    throw: async (thrown) => {
      await end();
      throw thrown;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
}
