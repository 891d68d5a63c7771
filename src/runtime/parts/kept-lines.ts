/** So many of the newest lines are shown by the chat page's panel, and of each so many characters. */
const MOST_LINES = 400;
const MOST_CHARS = 4000;
/** Enough for that many usual lines. */
const CHUNK_BYTES = 256 * 1024;

type KeptLine = { number: number; line: string };
/** Lines one after another, as UTF-8; `first` is the number of the first one. */
type Chunk = { bytes: Uint8Array; length: number; first: number; lines: number };

const newChunk = (first: number): Chunk => ({ bytes: new Uint8Array(CHUNK_BYTES), length: 0, first, lines: 0 });

/**
 * The newest lines of the log, in two chunks that take turns. They are kept as bytes: strings that live until hundreds of others have come
 * cost each line a sixth more time, and the garbage collector has to look through them.
 */
export class KeptLines {
  #before: Chunk | undefined;
  #chunk = newChunk(1);

  /** @param line with its end */
  add(line: string): void {
    const kept = line.length > MOST_CHARS ? `${line.slice(0, MOST_CHARS)}\n` : line;
    // In UTF-8, each UTF-16 unit takes at most three bytes.
    if (this.#chunk.length + 3 * kept.length > CHUNK_BYTES) this.#turn();
    const chunk = this.#chunk;
    chunk.length += encoder.encodeInto(kept, chunk.bytes.subarray(chunk.length)).written;
    chunk.lines++;
  }

  after(number: number): KeptLine[] {
    return [this.#before, this.#chunk].flatMap(linesIn).slice(-MOST_LINES).filter((kept) => kept.number > number);
  }

  #turn(): void {
    const { first, lines } = this.#chunk;
    const next = this.#before ?? newChunk(0);
    this.#before = this.#chunk;
    this.#chunk = Object.assign(next, { length: 0, first: first + lines, lines: 0 });
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function linesIn(chunk: Chunk | undefined): KeptLine[] {
  if (!chunk || chunk.lines === 0) return [];
  const lines = decoder.decode(chunk.bytes.subarray(0, chunk.length)).split("\n").slice(0, -1);
  return lines.map((line, i) => ({ number: chunk.first + i, line: `${line}\n` }));
}
