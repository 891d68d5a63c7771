import type { Sql } from "./lane.ts";

/** Told by the trial when everything but its end has worked: a code that PostgreSQL itself does not use. */
export const TAKEN_BACK = "CK000";

/**
 * Writes a row of 128 KiB that does not compress, of a user that nobody is, and takes it back: a disk that is full only says so when
 * a table has to grow. Throws in any case.
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
