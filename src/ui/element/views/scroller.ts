/** Items that are rendered at first. */
const FIRST_ITEMS = 60;
/** Items that each step upwards adds. */
const STEP_ITEMS = 60;
/** At the end of the thread, more than these are cut down to `FIRST_ITEMS` again. */
const MOST_ITEMS = 240;
const NEAR_TOP_PX = 800;
const NEAR_END_PX = 48;

/** The scroll position in a thread, and which of its items are rendered. It never moves the reader to where they have not asked to be. */
export class Scroller {
  /** Index of the first item that is rendered. */
  first = 0;
  /** Whether there is something new below what the reader sees. */
  hasNew = false;
  #isAtEnd = true;
  #mustGoToEnd = true;
  #count = 0;
  #height = 0;
  #top = 0;
  #followed = false;

  constructor(
    private readonly box: () => HTMLElement | null,
    private readonly ports: { changed: () => void; loadOlder: () => void },
  ) {}

  /** Call when another thread is shown. */
  reset(): void {
    this.#count = 0;
    this.first = 0;
    this.toEnd();
  }

  /** Scrolls to the newest item with the next rendering, as after sending. */
  toEnd(): void {
    this.#mustGoToEnd = true;
    this.#isAtEnd = true;
    this.hasNew = false;
    this.ports.changed();
  }

  /** Call before rendering. @param count how many items the thread has */
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

  /** Call after rendering. @param follows whether to keep the end in view while it grows, when the reader is there */
  after(follows: boolean, firstId: string | undefined): void {
    const box = this.box();
    if (!box) return;
    const grown = box.scrollHeight - this.#height;
    // The last words of an answer and the buttons below it come when it has ended: they are followed like those before.
    const isFollowing = follows || this.#followed;
    this.#followed = follows;
    if (this.#mustGoToEnd || (isFollowing && this.#isAtEnd)) {
      this.#mustGoToEnd = false;
      box.scrollTop = box.scrollHeight;
      this.#isAtEnd = true;
    } else if (firstId !== this.#firstId && this.#firstId !== undefined && grown > 0) {
      // Older items were added above: scroll by their height, so that what is being read stays in place.
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

  /** Whether the reader has scrolled away from the newest item. */
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
