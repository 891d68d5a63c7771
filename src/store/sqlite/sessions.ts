import { SESSION_KEPT_MS } from "../store.ts";
import type { SqliteDatabase } from "./database.ts";

/** Only inside a write. */
export function cancelSession(db: SqliteDatabase, id: string, expiresAt: Date): void {
  db.run("delete from cancelled_sessions where expires_at < ?1", Date.now() - SESSION_KEPT_MS);
  db.run("insert or ignore into cancelled_sessions (id, expires_at) values (?1, ?2)", id, expiresAt.getTime());
}

export function isSessionCancelled(db: SqliteDatabase, id: string): boolean {
  return db.get("select 1 from cancelled_sessions where id = ?1", id) !== null;
}
