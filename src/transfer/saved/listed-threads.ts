import type { Ledger } from "./ledger.ts";
import type { Run } from "./runs.ts";

/** A thread as a listing has it. */
export type ListedThread = {
  id: string;
  line: Uint8Array;
  /** The JSON of its user. */
  owner: string | null;
  /** In seconds. */
  createdAt: number | null;
  /** Why its items cannot be asked for, if they cannot. */
  unreadable: string | null;
};
/** A thread whose items are to be read: those after `cursor`, or all of them. */
export type Visit = { id: string; cursor: string | null; savedAt: string | null };
/** Where in the listings of a folder something was. */
type Place = { pass: number; place: number };

type Known = { pass: number; line: Uint8Array; had: number };
type Due = Place & { id: string; cursor: string | null; saved_at: string | null };

const BATCH = 200;

/** Notes a page of a listing; answers how many of its threads this process had not seen yet, and how many of those are to be read. */
export function noteListed(ledger: Ledger, run: Run, threads: readonly ListedThread[], { pass, place }: Place) {
  const noted = { fresh: 0, due: 0 };
  ledger.write(() => {
    threads.forEach((thread, i) => {
      const known = ledger.get<Known>("select pass, line, had from threads where id = ?", thread.id);
      const isChanged = known === null || !Buffer.from(known.line).equals(thread.line);
      if (isChanged) store(ledger, thread);
      if (known !== null && known.pass >= run.firstPass) return;
      const had = thread.unreadable !== null ? run.number : isChanged ? 0 : known.had;
      ledger.run("update threads set pass = ?, place = ?, had = ?, gone = 0 where id = ?", pass, place + i, had, thread.id);
      noted.fresh++;
      if (had < run.number) noted.due++;
    });
  });
  return noted;
}

function store(ledger: Ledger, { id, line, owner, createdAt, unreadable }: ListedThread): void {
  ledger.run(
    `insert into threads (id, line, owner, created_at, pass, place, missing) values (?, ?, ?, ?, 0, 0, ?)
    on conflict (id) do update set line = excluded.line, owner = excluded.owner, created_at = excluded.created_at`,
    ...[id, line, owner, createdAt, unreadable],
  );
}

/** Marks the threads that a complete listing should have named and did not: the source does not have them any more. */
export function noteGone(ledger: Ledger, run: Run, { user, sinceMs }: { user: string | undefined; sinceMs: number | undefined }): void {
  ledger.run(
    `update threads set gone = 1
    where pass < ?1 and (?2 is null or owner = ?2) and (?3 is null or created_at >= ?3)`,
    ...[run.firstPass, user === undefined ? null : JSON.stringify(user), sinceMs === undefined ? null : sinceMs / 1000],
  );
}

/** The threads to read, in the order in which they are listed; there may be more as long as the listing goes on. */
export class DueThreads {
  #at: Place;
  #batch: Due[] = [];
  #isListing = true;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly run: Run,
  ) {
    this.#at = { pass: run.firstPass, place: -1 };
  }

  /** Undefined when there are none and will be none. */
  async next(): Promise<Visit | undefined> {
    for (;;) {
      if (this.#batch.length === 0) this.#batch = this.#load();
      const due = this.#batch.shift();
      if (due) {
        this.#at = due;
        return { id: due.id, cursor: due.cursor, savedAt: due.saved_at };
      }
      if (!this.#isListing) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** There are more, or with `isListing` false all are there. */
  tell(isListing: boolean): void {
    this.#isListing = isListing;
    for (const go of this.#waiting.splice(0)) go();
  }

  #load(): Due[] {
    return this.ledger.all<Due>(
      `select id, cursor, saved_at, pass, place from threads
      where (pass, place) > (?, ?) and had < ?
      order by pass, place limit ${BATCH}`,
      ...[this.#at.pass, this.#at.place, this.run.number],
    );
  }
}
