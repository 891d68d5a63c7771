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
/** A place in the listings: the number of the listing, and the place in it. */
type Place = { pass: number; place: number };

type Known = { pass: number; line: Uint8Array };
type Due = Place & { id: string; cursor: string | null; saved_at: string | null };

const BATCH = 200;

/** Notes a page of a listing; returns how many of its threads this run had not seen yet. */
export function noteListed(ledger: Ledger, run: Run, threads: readonly ListedThread[], { pass, place }: Place): number {
  let fresh = 0;
  ledger.write(() => {
    threads.forEach((thread, i) => {
      const known = ledger.get<Known>("select pass, line from threads where id = ?", thread.id);
      if (known === null || !Buffer.from(known.line).equals(thread.line)) store(ledger, thread);
      if (known !== null && known.pass >= run.firstPass) return;
      ledger.run("update threads set pass = ?, place = ?, gone = 0 where id = ?", pass, place + i, thread.id);
      if (thread.unreadable !== null) ledger.run("update threads set had = ? where id = ?", run.number, thread.id);
      fresh++;
    });
  });
  return fresh;
}

function store(ledger: Ledger, { id, line, owner, createdAt, unreadable }: ListedThread): void {
  ledger.run(
    `insert into threads (id, line, owner, created_at, pass, place, missing) values (?, ?, ?, ?, 0, 0, ?)
    on conflict (id) do update set line = excluded.line, owner = excluded.owner, created_at = excluded.created_at`,
    ...[id, line, owner, createdAt, unreadable],
  );
}

/** Marks the threads that a complete listing did not have: the source does not have them any more. */
export function noteGone(ledger: Ledger, run: Run, { user, sinceMs }: { user: string | undefined; sinceMs: number | undefined }): void {
  ledger.run(
    `update threads set gone = 1
    where pass < ?1 and (?2 is null or owner = ?2) and (?3 is null or created_at >= ?3)`,
    ...[run.firstPass, user === undefined ? null : JSON.stringify(user), sinceMs === undefined ? null : sinceMs / 1000],
  );
}

const SELECT = "select id, cursor, saved_at, pass, place from threads where (pass, place) > (?, ?) and had < ?";
const ORDER = `order by pass, place limit ${BATCH}`;

/**
 * The threads to read, in the order of the listing: first those that were never read, since an earlier run was cut off before them; then
 * the others, which may have new items. As long as the listing goes on there may be more.
 */
export class DueThreads {
  readonly #queues: { sql: string; at: Place; batch: Due[] }[];
  #isListing = true;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly ledger: Ledger,
    private readonly run: Run,
  ) {
    const at = { pass: run.firstPass, place: -1 };
    this.#queues = ["null", "not null"].map((state) => ({ sql: `${SELECT} and saved_at is ${state} ${ORDER}`, at, batch: [] }));
  }

  /** The next thread to read; undefined when there will be none. */
  async next(): Promise<Visit | undefined> {
    for (;;) {
      const due = this.#take();
      if (due) return { id: due.id, cursor: due.cursor, savedAt: due.saved_at };
      if (!this.#isListing) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Tells that more threads were listed or, with `isListing` false, that the listing has ended. */
  tell(isListing: boolean): void {
    this.#isListing = isListing;
    for (const go of this.#waiting.splice(0)) go();
  }

  #take(): Due | undefined {
    for (const queue of this.#queues) {
      const { sql, at } = queue;
      if (queue.batch.length === 0) queue.batch = this.ledger.all<Due>(sql, at.pass, at.place, this.run.number);
      const due = queue.batch.shift();
      if (!due) continue;
      queue.at = due;
      return due;
    }
    return undefined;
  }
}
