import { ThreadGone, type HostedApi } from "../hosted/hosted-api.ts";
import { attachmentsOf, idOf, isAskable, isInProgress } from "../item-facts.ts";
import { CursorLost, pagesOf, type Listed } from "../hosted/list-page.ts";
import { RequestFailure } from "../hosted/request-failure.ts";
import type { Previews } from "./previews.ts";
import { noteReference, type Reference } from "../saved/attachments.ts";
import type { SavedPaths } from "../saved/folder.ts";
import type { ItemWriter, Part } from "../saved/item-writer.ts";
import type { Ledger } from "../saved/ledger.ts";
import type { Visit } from "../saved/listed-threads.ts";
import { ItemKeys, merged, type Entry } from "../saved/merge-items.ts";
import { DELETED_UNREAD } from "../saved/missing.ts";
import type { Seal } from "../saved/manifest.ts";
import type { Run } from "../saved/runs.ts";
import { SavedItems } from "../saved/saved-items.ts";

export type Saving = {
  api: HostedApi;
  previews: Previews;
  writer: ItemWriter;
  ledger: Ledger;
  seal: Seal;
  paths: SavedPaths;
  run: Run;
};

/** How much of a thread is held before it is written: a thread of ordinary size is written in one piece. */
const HELD_BYTES = 8 * 1024 ** 2;
/**
 * How many of a thread's last items each run reads again, and writes if they have changed: an answer may have been unfinished when it was
 * saved, and nothing in the item says so.
 */
const LAST_ITEMS = 4;

/**
 * Saves what the folder does not have yet of a thread; returns how many items were new or had changed.
 *
 * The API does not say when items were changed. New ones come at the end, so a run asks for what follows the saved items except the last
 * few; for nearly all threads that is one request. An item that may still change (a client tool call that waits for its output) is read
 * again, with all that follows it. Items deleted at the source are kept. Attachments are noted with the items and fetched by `previews.ts`.
 * @throws RequestFailure, ListBroken when it cannot be read to its end. What was saved before stays, and what was read is saved too
 */
export async function saveThread(saving: Saving, visit: Visit): Promise<number> {
  try {
    return await new Reading(saving, visit).toEnd().catch((thrown: unknown) => {
      if (!(thrown instanceof CursorLost) || visit.cursor === null) throw thrown;
      return new Reading(saving, { ...visit, cursor: null }).toEnd();
    });
  } catch (thrown) {
    if (!(thrown instanceof ThreadGone)) throw thrown;
    // If the thread was saved before, nothing is missing.
    if (visit.savedAt === null) throw new RequestFailure(DELETED_UNREAD);
    saving.seal.break();
    saving.ledger.run("update threads set gone = 1, had = ? where id = ?", saving.run.number, visit.id);
    return 0;
  }
}

/** An item: its bytes as they came, which are what is written, and what tells whether it may still change. */
type Held = Entry & { id: string | undefined; isInProgress: boolean; references: Reference[] };

class Reading {
  /** Items that are not written yet. */
  #held: Held[] = [];
  #heldBytes = 0;
  #count = 0;
  #cursor: string | null;
  readonly #keys = new ItemKeys();
  readonly #saved: SavedItems;

  constructor(
    private readonly saving: Saving,
    private readonly visit: Visit,
  ) {
    this.#cursor = visit.cursor;
    this.#saved = new SavedItems(saving.ledger, saving.writer, visit.id, visit.cursor === null ? "all" : "open");
  }

  /** @throws CursorLost when the item to continue after does not exist any more: then all items have to be read */
  async toEnd(): Promise<number> {
    const { id, cursor } = this.visit;
    try {
      for await (const entries of pagesOf((after) => this.saving.api.items(id, after), cursor ?? undefined)) {
        for (const entry of entries) this.#take(entry);
        if (this.#heldBytes > HELD_BYTES && (await this.#coversSaved())) await this.#write("piece");
      }
    } catch (thrown) {
      if (this.#held.length > 0) await this.#write("cut off");
      throw thrown;
    }
    await this.#write("end");
    return this.#count;
  }

  #take({ value, line }: Listed): void {
    const id = idOf(value);
    const key = this.#keys.of(id, line);
    if (key === undefined) return;
    const { id: thread } = this.visit;
    const references = attachmentsOf(value).map((attachment, i) => {
      return { ...attachment, thread, item: id ?? null, place: `${key}\0${attachment.id ?? `#${i}`}` };
    });
    this.#held.push({ key, line, id, isInProgress: isInProgress(value), references });
    this.#heldBytes += line.length;
  }

  /** Whether the held items may be written before the end: only if no saved item is removed by that which may still come. */
  async #coversSaved(): Promise<boolean> {
    const keys = new Set(this.#held.map(({ key }) => key));
    return this.visit.savedAt === null && this.#settled() > 0 && (await this.#saved.entries()).every(({ key }) => keys.has(key));
  }

  /** How many of the items held will not change any more. The next run continues after the last of these. */
  #settled(): number {
    const open = this.#held.findIndex((item) => item.isInProgress);
    const most = Math.min(open < 0 ? Infinity : open, this.#held.length - LAST_ITEMS);
    return this.#held.findLastIndex(({ id }, i) => i < most && id !== undefined && isAskable(id)) + 1;
  }

  async #write(why: "piece" | "cut off" | "end"): Promise<void> {
    let parts = this.#parts(this.#held, why);
    if (!this.#saved.are(parts)) {
      const held = await this.#saved.without(this.#held);
      if (!held) throw new CursorLost("its items on the disk are damaged");
      this.#held = held;
      parts = this.#parts(merged(await this.#saved.entries(), held), why);
    }
    const settled = this.#settled();
    if (settled > 0) this.#cursor = this.#held[settled - 1]!.id!;
    const now = this.#held.splice(0, why === "piece" ? settled : this.#held.length);
    const isAsBefore = this.#saved.are(parts);
    if (!isAsBefore) this.#count += await this.#changed(now);
    const isLess = parts.reduce((sum, { lines }) => sum + lines.length, 0) < this.#saved.count;
    const references = now.flatMap((item) => item.references);
    const { ledger, paths, seal, previews } = this.saving;
    const note = () => {
      for (const reference of references) noteReference(ledger, paths, reference, () => seal.break());
      this.#noteThread(why === "end", isLess);
    };
    const batch = isAsBefore ? { parts: [], replaces: "nothing" as const } : { parts, replaces: this.#saved.which };
    await this.saving.writer.add({ thread: this.visit.id, ...batch, note });
    if (references.length > 0) previews.tell(true);
    this.#saved.done();
    this.#heldBytes = 0;
  }

  /** The two parts to write: items that will not change any more, and those that the next run reads again. */
  #parts(entries: readonly Entry[], why: "piece" | "cut off" | "end"): Part[] {
    const last = this.#held[this.#settled() - 1];
    const settled = last === undefined ? 0 : entries.findIndex(({ key }) => key === last.key) + 1;
    const served = new Set(this.#held.map(({ key }) => key));
    const part = (some: readonly Entry[], isOpen: boolean): Part => ({
      lines: some.map(({ line }) => line),
      isOpen,
      // What the source does not have any more is known only at the end.
      kept: why === "end" ? some.filter(({ key }) => !served.has(key)).length : 0,
    });
    const open = why === "piece" ? [] : entries.slice(settled);
    return [part(entries.slice(0, settled), false), part(open, true)].filter(({ lines }) => lines.length > 0);
  }

  async #changed(now: readonly Entry[]): Promise<number> {
    const lines = new Set((await this.#saved.entries()).map(({ line }) => Bun.hash(line)));
    return now.filter(({ line }) => !lines.has(Bun.hash(line))).length;
  }

  #noteThread(isEnd: boolean, isLess: boolean): void {
    const { ledger, run } = this.saving;
    const { id } = this.visit;
    if (!isEnd) return ledger.run("update threads set cursor = ? where id = ?", this.#cursor, id);
    const missing = isLess ? "items of it were damaged on the disk, and the source has fewer now" : null;
    const values = [this.#cursor, run.number, new Date().toISOString(), missing, id];
    ledger.run("update threads set cursor = ?, had = ?, saved_at = ?, missing = ?, gone = 0 where id = ?", ...values);
  }
}
