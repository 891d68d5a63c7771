import type { Operation } from "../protocol/requests.ts";

/** The answer of a streaming operation: SSE frames, each `data: {json}` and a blank line. Iterate it once. */
export class StreamingResult implements AsyncIterable<string> {
  readonly #chunks: AsyncGenerator<string, void>;

  constructor(
    readonly operation: Operation,
    chunks: AsyncGenerator<string, void>,
  ) {
    this.#chunks = chunks;
  }

  /** Yields one frame at a time. Never throws. Ending the iteration early tells the server that the client has gone. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for await (const chunk of this.#chunks) yield* chunk.split(/(?<=\n\n)/);
  }

  /** The same, with frames that come together in one string: the form to write to a socket. */
  chunks(): AsyncGenerator<string, void> {
    return this.#chunks;
  }
}

/** The answer of any other operation: one JSON document. */
export class NonStreamingResult {
  constructor(
    readonly operation: Operation,
    readonly json: string,
  ) {}
}
