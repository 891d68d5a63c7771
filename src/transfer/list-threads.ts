import { CursorLost, type HostedApi } from "./hosted/hosted-api.ts";
import { field, idOf, isAskable } from "./hosted/item-facts.ts";
import { pagesOf, type Listed } from "./hosted/list-page.ts";
import type { Ledger } from "./saved/ledger.ts";
import { noteListed, type ListedThread } from "./saved/listed-threads.ts";
import { nextPass, type Run } from "./saved/runs.ts";

/** Which threads of the project to save. */
export type Wanted = { user: string | undefined; sinceMs: number | undefined };
export type Listing = {
  api: HostedApi;
  ledger: Ledger;
  run: Run;
  wanted: Wanted;
  /** Called before anything is noted. */
  begin(): Promise<void>;
  /** Called with the number of threads that a page has added. */
  tell(fresh: number): void;
};

/** How often a listing starts again because threads were deleted while it was read. */
const BEGINNINGS = 5;

/**
 * Notes all threads, newest first: so the latest conversations are saved first, and the listing can end at a date. Threads that are
 * created meanwhile do not disturb it, since the cursor is a thread. They are found by listing again with `untilSeen`, which reads
 * from the top to the first page without a new thread. Returns how many threads this run had not seen before.
 */
export async function listThreads(listing: Listing, untilSeen: boolean): Promise<number> {
  let fresh = 0;
  for (let beginning = 1; ; beginning++) {
    try {
      for await (const more of pass(listing, untilSeen)) {
        fresh += more;
        listing.tell(more);
      }
      return fresh;
    } catch (thrown) {
      if (!(thrown instanceof CursorLost) || beginning === BEGINNINGS) throw thrown;
    }
  }
}

async function* pass({ api, ledger, run, wanted, begin }: Listing, untilSeen: boolean): AsyncGenerator<number> {
  const order = new NewestFirst();
  const pass = nextPass(ledger);
  let place = 0;
  for await (const entries of pagesOf((after) => api.threads(after, wanted.user))) {
    await begin();
    const threads = entries.map(listedThread);
    const recent = threads.filter((thread) => isRecent(thread, wanted.sinceMs));
    const fresh = noteListed(ledger, run, recent, { pass, place });
    place += recent.length;
    yield fresh;
    if (untilSeen && fresh === 0) return;
    if (order.holds(threads) && threads.length > 0 && recent.length === 0) return;
  }
}

function isRecent({ createdAt }: ListedThread, sinceMs: number | undefined): boolean {
  // A thread without a date is saved, too: better too much than lost.
  return sinceMs === undefined || createdAt === null || createdAt * 1000 >= sinceMs;
}

/** Checks that threads really come newest first: otherwise a page of old threads would not mean that all further ones are old. */
class NewestFirst {
  #holds = true;
  #last = Number.POSITIVE_INFINITY;

  holds(threads: readonly ListedThread[]): boolean {
    for (const { createdAt } of threads) {
      if (createdAt === null) continue;
      if (createdAt > this.#last) this.#holds = false;
      this.#last = createdAt;
    }
    return this.#holds;
  }
}

function listedThread({ value, line }: Listed): ListedThread {
  const id = idOf(value);
  const user = field(value, "user");
  const askable = id !== undefined && isAskable(id);
  return {
    id: askable ? id : `(unreadable) ${new Bun.CryptoHasher("sha256").update(line).digest("hex")}`,
    line,
    owner: typeof user === "string" ? JSON.stringify(user) : null,
    createdAt: seconds(field(value, "created_at")),
    unreadable: askable ? null : "it has no id that can be asked for",
  };
}

function seconds(createdAt: unknown): number | null {
  if (typeof createdAt === "number" && Number.isFinite(createdAt)) return createdAt;
  const ms = typeof createdAt === "string" ? Date.parse(createdAt) : Number.NaN;
  return Number.isNaN(ms) ? null : ms / 1000;
}
