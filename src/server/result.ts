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

  /** One frame at a time. Never throws. Returning early tells the server that the client has gone. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for await (const chunk of this.#chunks) yield* chunk.split(/(?<=\n\n)/);
  }

  /** The same as it should be written: frames that come together in one string. */
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
