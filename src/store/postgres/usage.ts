import type { Usage } from "../upkeep.ts";
import type { PostgresPool } from "./pool.ts";

export async function usage(pool: PostgresPool, userId: string, enough: number | undefined): Promise<Usage> {
  // The driver returns 64-bit numbers as text.
  const [row] = await pool.query((sql) => sql<{ threads: string; bytes: string }[]>`
    select count(*) as threads,
      coalesce(sum(bytes), 0) + ${enough === undefined ? sql`0` : sql`coalesce((select sum(bytes) from chatkit_items where user_id = ${userId}), 0)`} as bytes
    from chatkit_threads
    where user_id = ${userId}`);
  return { threads: Number(row?.threads), bytes: Number(row?.bytes) };
}
