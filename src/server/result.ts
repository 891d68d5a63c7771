/** The answer of a streaming operation: SSE frames, each `data: {json}` and a blank line. Iterate it once. */
export class StreamingResult implements AsyncIterable<string> {
  readonly #frames: AsyncGenerator<string, void>;

  constructor(frames: AsyncGenerator<string, void>) {
    this.#frames = frames;
  }

  /** Returning early tells the server that the client has gone. */
  [Symbol.asyncIterator](): AsyncGenerator<string, void> {
    return this.#frames;
  }
}

/** The answer of any other operation: one JSON document. */
export class NonStreamingResult {
  constructor(readonly json: string) {}
}
