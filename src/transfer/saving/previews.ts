import type { AttachmentFetcher } from "../hosted/fetch-attachment.ts";
import { RequestFailure } from "../hosted/request-failure.ts";
import { dueAttachments, dueCount, noteOutcome, savedBefore, type Due, type Outcome } from "../saved/attachments.ts";
import type { SavedPaths } from "../saved/folder.ts";
import type { Ledger } from "../saved/ledger.ts";

/** How many are fetched at the same time. */
const FETCHERS = 8;

/**
 * Fetches attachments while threads are being read, so that no conversation waits for a picture. The ledger knows which are due: they are
 * noted in it together with their items.
 */
export class Previews {
  readonly #underWay = new Set<number>();
  #isOpen = true;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly paths: SavedPaths,
    private readonly fetcher: AttachmentFetcher,
  ) {}

  get count(): number {
    return dueCount(this.ledger);
  }

  /** Resolves when all are fetched or lost, and no more will come. @throws errors of the disk, or the reason of an abort */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: FETCHERS }, () => this.#work()));
  }

  /** Call when there may be more attachments to fetch; with `isOpen` false, when no more will come. */
  tell(isOpen: boolean): void {
    this.#isOpen = isOpen;
    for (const go of this.#waiting.splice(0)) go();
  }

  async #work(): Promise<void> {
    for (;;) {
      const due = dueAttachments(this.ledger, FETCHERS).find(({ number }) => !this.#underWay.has(number));
      if (due) await this.#fetch(due);
      else if (this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else return;
    }
  }

  async #fetch(due: Due): Promise<void> {
    this.#underWay.add(due.number);
    try {
      const before = due.id === null ? undefined : savedBefore(this.ledger, this.paths, due.id);
      noteOutcome(this.ledger, due, before ?? (await this.#outcome(due.address)));
    } finally {
      this.#underWay.delete(due.number);
    }
  }

  async #outcome(address: string): Promise<Outcome> {
    try {
      return { state: "saved", ...(await this.fetcher.fetch(address)) };
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      return { state: "lost", reason: thrown.message };
    }
  }
}
