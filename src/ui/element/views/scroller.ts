/** How many items are in the page at first, how many come with each step upwards, and from how many on the first are left out again. */
const FIRST_ITEMS = 60;
const STEP_ITEMS = 60;
const MOST_ITEMS = 240;
const NEAR_TOP_PX = 800;
const NEAR_END_PX = 48;

/** Where the reader is in a thread, and which of its items are in the page. It moves the reader only to what they have asked for. */
export class Scroller {
  /** Index of the first item that is in the page. */
  first = 0;
  /** Whether there is something new below. */
  hasNew = false;
  #isAtEnd = true;
  #mustGoToEnd = true;
  #count = 0;
  #height = 0;
  #top = 0;

  constructor(
    private readonly box: () => HTMLElement | null,
    private readonly ports: { changed: () => void; loadOlder: () => void },
  ) {}

  /** For another thread. */
  reset(): void {
    this.#count = 0;
    this.first = 0;
    this.toEnd();
  }

  /** To the newest with the next rendering, as after sending. */
  toEnd(): void {
    this.#mustGoToEnd = true;
    this.#isAtEnd = true;
    this.hasNew = false;
    this.ports.changed();
  }

  /** Before a rendering of so many items. */
  before(count: number): void {
    if (this.#count === 0 && count > 0) this.first = Math.max(0, count - FIRST_ITEMS);
    if (this.#isAtEnd && count - this.first > MOST_ITEMS) this.first = count - FIRST_ITEMS;
    this.first = Math.min(this.first, Math.max(0, count - 1));
    this.#count = count;
    const box = this.box();
    if (!box) return;
    this.#height = box.scrollHeight;
    this.#top = box.scrollTop;
  }

  /** After it. @param follows whether the reader goes along with what is being written, when they are at the end */
  after(follows: boolean, firstId: string | undefined): void {
    const box = this.box();
    if (!box) return;
    const grown = box.scrollHeight - this.#height;
    if (this.#mustGoToEnd || (follows && this.#isAtEnd)) {
      this.#mustGoToEnd = false;
      box.scrollTop = box.scrollHeight;
      this.#isAtEnd = true;
    } else if (firstId !== this.#firstId && this.#firstId !== undefined && grown > 0) {
      // Older items have come in above: what was being read stays where it is.
      box.scrollTop = this.#top + grown;
    } else if (grown > 0 && !this.#isNearEnd(box)) {
      this.#isAtEnd = false;
      if (!this.hasNew) this.hasNew = true;
    }
    this.#firstId = firstId;
  }

  #firstId: string | undefined;

  scrolled(): void {
    const box = this.box();
    if (!box) return;
    const wasNew = this.hasNew;
    this.#isAtEnd = this.#isNearEnd(box);
    if (this.#isAtEnd) this.hasNew = false;
    if (box.scrollTop < NEAR_TOP_PX) this.#upwards();
    if (wasNew !== this.hasNew) this.ports.changed();
  }

  /** Whether the reader is away from the newest. */
  get isAway(): boolean {
    return !this.#isAtEnd;
  }

  #upwards(): void {
    if (this.first === 0) return this.ports.loadOlder();
    this.first = Math.max(0, this.first - STEP_ITEMS);
    this.ports.changed();
  }

  #isNearEnd(box: HTMLElement): boolean {
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
  }
}
