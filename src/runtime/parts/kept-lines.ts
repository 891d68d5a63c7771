/** So many of the newest lines are kept for the chat page's panel, and of each so many characters. */
const MOST_LINES = 400;
const MOST_CHARS = 4000;

type KeptLine = { number: number; line: string };

/** The newest lines of the log. */
export class KeptLines {
  #lines: KeptLine[] = [];
  #count = 0;

  add(line: string): void {
    this.#lines.push({ number: ++this.#count, line: line.slice(0, MOST_CHARS) });
    if (this.#lines.length > 2 * MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES);
  }

  after(number: number): KeptLine[] {
    return this.#lines.slice(-MOST_LINES).filter((kept) => kept.number > number);
  }
}
