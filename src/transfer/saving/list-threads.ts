import type { HostedApi } from "../hosted/hosted-api.ts";
import { field, idOf, isAskable } from "../item-facts.ts";
import { pagesOf, type Listed } from "../hosted/list-page.ts";
import type { Ledger } from "../saved/ledger.ts";
import type { Seal } from "../saved/manifest.ts";
import { noteListed, type ListedThread } from "../saved/listed-threads.ts";
import { nextPass, type Run } from "../saved/runs.ts";

/** Which threads of the project to save. */
export type Wanted = { user: string | undefined; sinceMs: number | undefined };
export type Listing = {
  api: HostedApi;
  ledger: Ledger;
  run: Run;
  wanted: Wanted;
  seal: Seal;
  /** Called with each page before anything of it is noted. */
  begin(page: readonly ListedThread[]): Promise<void>;
  /** Called with the number of threads that a page has added. */
  tell(fresh: number): void;
};

/**
 * Notes all threads, newest first: so the latest conversations are saved first, and the listing can end at a date. Threads that are
 * created meanwhile do not disturb it, since the cursor is a thread. They are found by listing again with `untilSeen`, which reads
 * from the top to the first page without a new thread. Returns how many threads this run had not seen before.
 */
export async function listThreads({ api, ledger, run, wanted, seal, begin, tell }: Listing, untilSeen: boolean): Promise<number> {
  const order = new NewestFirst();
  const pass = nextPass(ledger);
  let place = 0;
  let all = 0;
  for await (const entries of pagesOf((after) => api.threads(after, wanted.user))) {
    const threads = entries.map(listedThread);
    await begin(threads);
    const recent = threads.filter((thread) => isRecent(thread, wanted.sinceMs));
    const fresh = noteListed(ledger, run, recent, { pass, place }, () => seal.break());
    place += recent.length;
    all += fresh;
    tell(fresh);
    if (untilSeen && fresh === 0) break;
    order.see(threads);
    if (order.isProven && threads.length > 0 && recent.length === 0) break;
  }
  return all;
}

function isRecent({ createdAt }: ListedThread, sinceMs: number | undefined): boolean {
  // A thread without a date is saved, too: better too much than lost.
  return sinceMs === undefined || createdAt === null || createdAt * 1000 >= sinceMs;
}

/** After so many threads, their order is no coincidence. */
const PROVEN_BY = 100;

/** Checks that threads really come newest first: otherwise a page of old threads would not mean that all further ones are old. */
class NewestFirst {
  #holds = true;
  #falls = false;
  #seen = 0;
  #last = Number.POSITIVE_INFINITY;

  get isProven(): boolean {
    return this.#holds && this.#falls && this.#seen >= PROVEN_BY;
  }

  see(threads: readonly ListedThread[]): void {
    for (const { createdAt } of threads) {
      if (createdAt === null) continue;
      if (createdAt > this.#last) this.#holds = false;
      if (createdAt < this.#last && this.#seen > 0) this.#falls = true;
      this.#last = createdAt;
      this.#seen++;
    }
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
