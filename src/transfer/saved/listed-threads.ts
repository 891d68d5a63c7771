import type { Ledger } from "./ledger.ts";
import { DELETED_UNREAD } from "./missing.ts";
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

type Known = { pass: number; line: Uint8Array; gone: number };
type Wanted = { user: string | undefined; sinceMs: number | undefined };
type Due = Place & { id: string; cursor: string | null; saved_at: string | null };

const BATCH = 200;

/** Notes a page of a listing; returns how many of its threads this run had not seen yet. `change` is called before the first change. */
export function noteListed(ledger: Ledger, run: Run, threads: readonly ListedThread[], { pass, place }: Place, change: () => void): number {
  let fresh = 0;
  ledger.write(() => {
    threads.forEach((thread, i) => {
      const known = ledger.get<Known>("select pass, line, gone from threads where id = ?", thread.id);
      const isSeen = known !== null && known.pass >= run.firstPass;
      const isAsBefore = known !== null && (isSeen || known.gone === 0) && Buffer.from(known.line).equals(thread.line);
      if (!isAsBefore) {
        change();
        store(ledger, thread, { pass, place: place + i });
      }
      if (isSeen) return;
      ledger.run("update threads set pass = ?, place = ?, gone = 0 where id = ?", pass, place + i, thread.id);
      if (thread.unreadable !== null) ledger.run("update threads set had = ? where id = ?", run.number, thread.id);
      fresh++;
    });
  });
  return fresh;
}

/** Notes a thread that is new or whose own line has changed. It is then read from its beginning, since its items may have changed, too. */
function store(ledger: Ledger, { id, line, owner, createdAt, unreadable }: ListedThread, { pass, place }: Place): void {
  ledger.run(
    `insert into threads (id, line, owner, created_at, pass, place, first_pass, first_place, missing) values (?, ?, ?, ?, 0, 0, ?, ?, ?)
    on conflict (id) do update set line = excluded.line, owner = excluded.owner, created_at = excluded.created_at, cursor = null`,
    ...[id, line, owner, createdAt, pass, place, unreadable],
  );
}

const UNLISTED = "pass < ?1 and (?2 is null or owner = ?2) and (?3 is null or created_at >= ?3) and gone = 0";

/**
 * Marks the threads that a complete listing did not contain: the source does not have them any more. If they were read before, they are
 * kept; if not, they are missing. `change` is called before the first change.
 */
export function noteGone(ledger: Ledger, run: Run, { user, sinceMs }: Wanted, change: () => void): void {
  const values = [run.firstPass, user === undefined ? null : JSON.stringify(user), sinceMs === undefined ? null : sinceMs / 1000];
  if (ledger.get(`select 1 from threads where ${UNLISTED}`, ...values) === null) return;
  change();
  ledger.run(`update threads set missing = ?4 where ${UNLISTED} and saved_at is null`, ...values, DELETED_UNREAD);
  ledger.run(`update threads set gone = 1 where ${UNLISTED} and saved_at is not null`, ...values);
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
