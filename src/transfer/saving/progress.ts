import { spokenDuration } from "../duration.ts";

/** The parts of standard error that are used to show the progress. */
export type Terminal = { isTTY?: boolean; columns?: number; write(text: string): unknown };

const TERMINAL_EVERY_MS = 200;
const LINES_EVERY_MS = 5000;
const BAR_WIDTH = 24;
/** No rate is shown before this time: it would be a guess. */
const RATE_AFTER_MS = 3000;

/** Shows the progress of a run: as a bar on a terminal, else as a line every few seconds. */
export class Progress {
  /** How many threads are listed and looked at so far, and how many new items were read. */
  threads = 0;
  done = 0;
  items = 0;
  isListing = true;
  /** Whether what was written is being read back. */
  isVerifying = false;
  /** Tells for how long the server has asked to wait. */
  waitMs: () => number = () => 0;
  /** Tells why the last request failed, when none has succeeded since. */
  trouble: () => string | undefined = () => undefined;
  /** Tells how many attachments are still to be fetched. */
  previews: () => number = () => 0;
  readonly #startedAt = performance.now();
  #timer: Timer | undefined;

  constructor(private readonly terminal: Terminal) {}

  start(): void {
    this.#timer = setInterval(() => this.#show(), this.terminal.isTTY ? TERMINAL_EVERY_MS : LINES_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.terminal.isTTY) this.terminal.write("\r\x1b[K");
  }

  #show(): void {
    if (!this.terminal.isTTY) return void this.terminal.write(`${this.#text()}\n`);
    const share = this.threads === 0 ? 0 : this.done / this.threads;
    const full = Math.round(share * BAR_WIDTH);
    const bar = `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}] `;
    // Cut to the width of the terminal, since a line that wraps cannot be overwritten.
    this.terminal.write(`\r\x1b[K${(bar + this.#text()).slice(0, (this.terminal.columns || 80) - 1)}`);
  }

  #text(): string {
    const waitMs = this.waitMs();
    const trouble = this.trouble();
    const trying = trouble === undefined ? this.#state() : `trying again: ${trouble}`;
    const state = waitMs > 0 ? `waiting ${spokenDuration(waitMs)}, as the server asks` : trying;
    return `${number(this.done)} of ${number(this.threads)} threads, ${number(this.items)} items${state && `, ${state}`}`;
  }

  #state(): string {
    if (this.isVerifying) return "verifying";
    if (this.isListing) return "still listing";
    const previews = this.done === this.threads ? this.previews() : 0;
    return previews > 0 ? `${number(previews)} attachments to fetch` : this.#timeLeft();
  }

  #timeLeft(): string {
    const ms = performance.now() - this.#startedAt;
    if (ms < RATE_AFTER_MS || this.done === 0) return "";
    return `about ${spokenDuration(((this.threads - this.done) / this.done) * ms)} left`;
  }
}

function number(value: number): string {
  return value.toLocaleString("en");
}
