type Frames = AsyncGenerator<string, void>;

const END: IteratorResult<string, void> = { done: true, value: undefined };

/** Frames that are only known some time after the first of them was asked for; none, if `begin` answers undefined. */
export function late(begin: () => Promise<Frames | undefined>): Frames {
  let begun: Promise<void> | undefined;
  let frames: Frames | undefined;
  const next = () => frames?.next() ?? Promise.resolve(END);
  const end = () => frames?.return() ?? Promise.resolve(END);
  return {
    // Nothing in between once they are known: each frame would feel it.
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
