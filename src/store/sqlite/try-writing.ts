import type { Database } from "bun:sqlite";
import { StoreUnavailable } from "../unavailable.ts";
import { inOurWords, translated } from "./errors.ts";

/** About three times what a message writes. The last free pages of a full disk would take a smaller trial. */
const TRIAL_BYTES = 128 * 1024;

/**
 * Tries whether writing works again. First repeats the write that failed and rolls it back, since the trouble may be with one page of the
 * file. Then commits something useless, since only a real write tells that a disk is full.
 * @throws StoreUnavailable when either fails
 */
export function tryWriting(db: Database, failed: () => unknown = () => {}): void {
  translated(() => {
    db.run("begin immediate");
    try {
      failed();
    } catch (error) {
      // Any other error of that write has nothing to do with the file.
      if (inOurWords(error) instanceof StoreUnavailable) throw error;
    } finally {
      if (db.inTransaction) db.run("rollback");
    }
    db.transaction(() => {
      db.run("create table if not exists trial (bytes blob)");
      db.run("insert into trial values (zeroblob(?))", [TRIAL_BYTES]);
    }).immediate();
    db.run("drop table trial");
  });
}
