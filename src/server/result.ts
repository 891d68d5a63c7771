import type { Operation } from "../protocol/requests.ts";

/** The answer of a streaming operation: SSE frames, each `data: {json}` and a blank line. Iterate it once. */
export class StreamingResult implements AsyncIterable<string> {
  readonly #frames: AsyncGenerator<string, void>;

  constructor(
    readonly operation: Operation,
    frames: AsyncGenerator<string, void>,
  ) {
    this.#frames = frames;
  }

  /** Never throws. Returning early tells the server that the client has gone. */
  [Symbol.asyncIterator](): AsyncGenerator<string, void> {
    return this.#frames;
  }
}

/** The answer of any other operation: one JSON document. */
export class NonStreamingResult {
  constructor(
    readonly operation: Operation,
    readonly json: string,
  ) {}
}
