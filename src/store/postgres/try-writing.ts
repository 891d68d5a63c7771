import type { Sql } from "./lane.ts";

/** The error code with which a successful trial ends; PostgreSQL itself does not use it. */
export const TAKEN_BACK = "CK000";

/**
 * Writes a row of 128 KiB that does not compress, for a user that cannot exist, and rolls it back: a full disk only shows when a table
 * has to grow. Always throws: `TAKEN_BACK` when the row could be written.
 */
export function tryWriting(sql: Sql): PromiseLike<unknown> {
  return sql.unsafe(`
    do $$
    begin
      insert into chatkit_threads (user_id, id, data)
      select '', 'trial', to_jsonb(string_agg(md5(random()::text), ''))
      from generate_series(1, 4096);
      raise exception 'taken back' using errcode = '${TAKEN_BACK}';
    end $$`);
}
