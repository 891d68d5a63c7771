import type { AttachmentFetcher } from "./hosted/fetch-attachment.ts";
import { CursorLost, ThreadGone, type HostedApi } from "./hosted/hosted-api.ts";
import { attachmentsOf, idOf, isAskable, isInProgress, type Attachment } from "./hosted/item-facts.ts";
import { pagesOf, type Listed } from "./hosted/list-page.ts";
import { RequestFailure } from "./hosted/request-failure.ts";
import { hasAttachment, noteAttachment, type AttachmentRow } from "./saved/attachments.ts";
import type { SavedPaths } from "./saved/folder.ts";
import { joinedLines, sha256, type ItemWriter, type Part } from "./saved/item-writer.ts";
import type { Ledger } from "./saved/ledger.ts";
import type { Visit } from "./saved/listed-threads.ts";
import type { Run } from "./saved/runs.ts";

export type Saving = { api: HostedApi; fetcher: AttachmentFetcher; writer: ItemWriter; ledger: Ledger; paths: SavedPaths; run: Run };

/** How much of a thread is held before it is written: a thread of ordinary size is written in one piece. */
const HELD_BYTES = 8 * 1024 ** 2;
/** How often a thread is read from its beginning again because items were deleted while it was read. */
const BEGINNINGS = 3;

/**
 * Saves the items of a thread that the folder does not have yet; returns how many were written.
 *
 * The API does not say when a thread was changed. New items come at its end, so the run asks for what follows the last saved item; for
 * nearly all threads that is one request with an empty answer. Items that may still change (a client tool call that waits for its
 * output, an attachment that could not be fetched) are read again, with all that follows.
 * @throws RequestFailure, ListBroken when it cannot be read; what was saved before stays
 */
export async function saveThread(saving: Saving, visit: Visit): Promise<number> {
  let { cursor } = visit;
  for (let beginning = 1; ; beginning++) {
    try {
      return await new Reading(saving, { ...visit, cursor }).toEnd();
    } catch (thrown) {
      if (thrown instanceof ThreadGone) return noteGone(saving, visit);
      if (!(thrown instanceof CursorLost)) throw thrown;
      if (beginning > BEGINNINGS) throw new RequestFailure("its items vanish while they are read");
      cursor = null;
    }
  }
}

function noteGone({ ledger, run }: Saving, { id, savedAt }: Visit): number {
  // When the thread had been saved before, nothing is missing.
  const missing = savedAt === null ? "deleted at the source before its items were read" : null;
  ledger.run("update threads set gone = ?, missing = ?, had = ? where id = ?", Number(savedAt !== null), missing, run.number, id);
  return 0;
}

type Held = { line: Uint8Array; id: string | undefined };

class Reading {
  /** Items that are not written yet. */
  #held: Held[] = [];
  #heldBytes = 0;
  /** How many of the held items will not change any more. */
  #settled = 0;
  #isUnsettled = false;
  /** Items that were written. */
  #count = 0;
  #cursor: string | null;
  #replaces: "nothing" | "open" | "all";
  #known: Set<string> | undefined;
  readonly #attachments: AttachmentRow[] = [];

  constructor(
    private readonly saving: Saving,
    private readonly visit: Visit,
  ) {
    this.#cursor = visit.cursor;
    this.#replaces = visit.cursor === null ? "all" : "open";
  }

  async toEnd(): Promise<number> {
    const { id, cursor, savedAt } = this.visit;
    for await (const entries of pagesOf((after) => this.saving.api.items(id, after), cursor ?? undefined)) {
      for (const entry of entries) await this.#take(entry);
      // Only for a thread that is new here: what replaces saved items is written as a whole, since half of it would be less than before.
      if (this.#heldBytes > HELD_BYTES && savedAt === null && this.#settled > 0) await this.#write(this.#settled, false);
    }
    await this.#write(this.#held.length, true);
    return this.#count;
  }

  /** Takes an item, unless it was on an earlier page: pages overlap when rows shift. */
  async #take({ value, line }: Listed): Promise<void> {
    const known = (this.#known ??= await this.#savedIds());
    const id = idOf(value);
    if (id !== undefined && known.has(id)) return;
    if (id !== undefined) known.add(id);
    this.#held.push({ line, id });
    this.#heldBytes += line.length;
    for (const attachment of attachmentsOf(value)) await this.#fetch(attachment, id);
    if (isInProgress(value)) this.#isUnsettled = true;
    // The next run continues after a settled item, so the API must accept its id as a cursor.
    if (!this.#isUnsettled && id !== undefined && isAskable(id)) {
      this.#settled = this.#held.length;
      this.#cursor = id;
    }
  }

  async #fetch({ id, address }: Attachment, item: string | undefined): Promise<void> {
    const { ledger, paths, fetcher } = this.saving;
    if (hasAttachment(ledger, paths, id)) return;
    const row = { id, thread: this.visit.id, item: item ?? null, reason: null, sha256: null, bytes: null, media_type: null };
    if (address === undefined) return void this.#attachments.push({ ...row, state: "without_address" });
    try {
      const { sha256, bytes, mediaType } = await fetcher.fetch(address);
      this.#attachments.push({ ...row, state: "saved", sha256, bytes, media_type: mediaType });
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      this.#attachments.push({ ...row, state: "lost", reason: thrown.message });
      // The address of an attachment expires: to get a new one, the next run has to read the item again.
      this.#isUnsettled = true;
    }
  }

  async #write(count: number, isEnd: boolean): Promise<void> {
    const lines = this.#held.splice(0, count).map(({ line }) => line);
    const parts = [
      { lines: lines.slice(0, this.#settled), isOpen: false },
      { lines: lines.slice(this.#settled), isOpen: true },
    ].filter((part) => part.lines.length > 0);
    const attachments = this.#attachments.splice(0);
    const note = () => {
      for (const row of attachments) noteAttachment(this.saving.ledger, row);
      this.#noteThread(isEnd);
    };
    const isAsBefore = this.#isAsBefore(parts);
    const batch = isAsBefore ? { parts: [], replaces: "nothing" as const } : { parts, replaces: this.#replaces };
    await this.saving.writer.add({ thread: this.visit.id, ...batch, note });
    if (!isAsBefore) this.#count += lines.length;
    this.#replaces = "nothing";
    this.#heldBytes = 0;
    this.#settled = 0;
  }

  /** Whether items that were read again are unchanged, as most are: writing them again would make the file grow. */
  #isAsBefore(parts: readonly Part[]): boolean {
    if (this.#replaces !== "open" || parts.length !== 1 || !parts[0]!.isOpen) return false;
    const saved = this.saving.ledger.all<{ sha256: string }>("select sha256 from parts where thread = ? and open = 1", this.visit.id);
    return saved.length === 1 && saved[0]!.sha256 === sha256(joinedLines(parts[0]!.lines));
  }

  #noteThread(isEnd: boolean): void {
    const { ledger, run } = this.saving;
    const { id } = this.visit;
    if (!isEnd) return ledger.run("update threads set cursor = ? where id = ?", this.#cursor, id);
    const values = [this.#cursor, run.number, new Date().toISOString(), id];
    ledger.run("update threads set cursor = ?, had = ?, saved_at = ?, missing = null where id = ?", ...values);
  }

  /** The ids of the items that stay as they are. @throws CursorLost when their bytes on disk have changed: then all are read again */
  async #savedIds(): Promise<Set<string>> {
    const ids = new Set<string>();
    if (this.visit.cursor === null) return ids;
    const { ledger, writer } = this.saving;
    type Saved = { start: number; bytes: number; sha256: string };
    for (const part of ledger.all<Saved>("select start, bytes, sha256 from parts where thread = ? and open = 0", this.visit.id)) {
      const bytes = await writer.read(part.start, part.bytes);
      if (sha256(bytes) !== part.sha256) throw new CursorLost();
      for (const line of bytes.toString().split("\n")) {
        const id = line === "" ? undefined : idOf(JSON.parse(line));
        if (id !== undefined) ids.add(id);
      }
    }
    return ids;
  }
}
