import type { Usage } from "../upkeep.ts";
import type { SqliteDatabase } from "./database.ts";

type Sized = { thread_id: string; id: string; bytes: number };

/** Rows read at a time. Few, since everything else in this process waits meanwhile. */
const ROWS = 1000;

export async function usage(db: SqliteDatabase, userId: string, enough: number | undefined): Promise<Usage> {
  const counted = db.get<Usage>(
    "select count(*) as threads, coalesce(sum(octet_length(data)), 0) as bytes from threads where user_id = ?1 and position > 0",
    userId,
  );
  const total = counted ?? { threads: 0, bytes: 0 };
  for (let last: Sized | undefined = { thread_id: "", id: "", bytes: 0 }; enough !== undefined && total.bytes < enough && last; ) {
    const rows: Sized[] = db.all<Sized>(
      `select thread_id, id, octet_length(data) as bytes
      from items
      where user_id = ?1
        and (thread_id, id) > (?2, ?3)
      order by thread_id, id
      limit ${ROWS}`,
      userId, last.thread_id, last.id,
    );
    for (const { bytes } of rows) total.bytes += bytes;
    last = rows.length === ROWS ? rows.at(-1) : undefined;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return total;
}
