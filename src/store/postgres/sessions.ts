import { SESSION_KEPT_MS } from "../store.ts";
import type { PostgresPool } from "./pool.ts";

export async function cancelSession(pool: PostgresPool, id: string, expiresAt: Date): Promise<void> {
  await pool.query((sql) => sql`
    with swept as (
      delete from chatkit_cancelled_sessions
      where expires_at < ${new Date(Date.now() - SESSION_KEPT_MS)}
    )
    insert into chatkit_cancelled_sessions (id, expires_at)
    values (${id}, ${expiresAt})
    on conflict do nothing`);
}

export async function isSessionCancelled(pool: PostgresPool, id: string): Promise<boolean> {
  const rows = await pool.query((sql) => sql`select from chatkit_cancelled_sessions where id = ${id}`);
  return rows.count > 0;
}
