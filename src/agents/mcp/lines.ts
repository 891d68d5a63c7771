const LINE_FEED = 10;

/** Splits arriving bytes into lines. The pieces of a long line are kept as they are and joined once. */
export class Lines {
  #parts: Uint8Array[] = [];
  #held = 0;

  constructor(private readonly maxBytes: number) {}

  /** The lines that these bytes complete; empty ones are left out. @throws Error when a line is too long */
  *push(bytes: Uint8Array): Generator<Buffer> {
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      if (end > start || this.#held > 0) yield this.#complete(bytes.subarray(start, end));
      start = end + 1;
      // Skipped here, since a chunk of line feeds only would be a hundred thousand searches.
      while (bytes[start] === LINE_FEED) start += 1;
    }
    this.#hold(bytes.subarray(start));
  }

  #complete(last: Uint8Array): Buffer {
    this.#hold(last);
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#held = 0;
    return line;
  }

  #hold(bytes: Uint8Array): void {
    this.#held += bytes.length;
    if (this.#held > this.maxBytes) throw new Error(`a line of more than ${this.maxBytes} bytes`);
    if (bytes.length > 0) this.#parts.push(bytes);
  }
}
