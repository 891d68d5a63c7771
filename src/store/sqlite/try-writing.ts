import type { Database } from "bun:sqlite";
import { StoreUnavailable } from "../unavailable.ts";
import { inOurWords, translated } from "./errors.ts";

/** About three times what a message writes: on a disk that is full the last few pages would let through what is smaller. */
const TRIAL_BYTES = 128 * 1024;

/**
 * Does what failed once more and takes it back, for it may be about one page that cannot be read or added; then commits something that
 * nobody needs, for a disk only says that it is full when something is written.
 * @throws StoreUnavailable when either is not possible
 */
export function tryWriting(db: Database, failed: () => unknown = () => {}): void {
  translated(() => {
    db.run("begin immediate");
    try {
      failed();
    } catch (error) {
      // What else it may throw has nothing to do with the file.
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
