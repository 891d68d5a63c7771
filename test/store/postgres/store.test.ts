import { expect, test } from "bun:test";
import postgres from "postgres";
import { PostgresStore } from "../../../src/store/postgres/store.ts";
import { freePort } from "../../support/free-port.ts";
import { newDatabase } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { aRun, assistantMessage, savedThread, someone } from "../rows.ts";
import { storeSuite } from "../store-suite.ts";

storeSuite("the PostgreSQL store", async () => {
  const store = new PostgresStore({ url: await newDatabase() });
  await store.migrate();
  return store;
});

storeSuite("the PostgreSQL store without prepared statements", async () => {
  const store = new PostgresStore({ url: await newDatabase(), prepare: false });
  await store.migrate();
  return store;
});

test("checkpoints stay on the page of their row and write no index", async () => {
  const url = await newDatabase();
  const store = new PostgresStore({ url });
  await store.migrate();
  const me = someone();
  const threads = await Promise.all(Array.from({ length: 20 }, () => savedThread(store, me)));
  const runs = threads.map(({ id }) => aRun(id));
  await Promise.all(runs.map((run) => store.openRun({ run }, me)));
  for (let i = 0; i < 30; i++) {
    await Promise.all(runs.map((run) => store.checkpointRun(run, i % 2 ? null : [assistantMessage(run.threadId, "text ".repeat(i))], me)));
  }
  // Connections that end say what they have done.
  await store.close();
  const sql = postgres(url, { max: 1 });
  const updates = async () => {
    const [row] = await sql<{ all: number; hot: number }[]>`
      select n_tup_upd::integer as all, n_tup_hot_upd::integer as hot from pg_stat_user_tables where relname = 'chatkit_runs'`;
    return row && row.all >= 600 ? row : undefined;
  };
  const { all, hot } = await until(updates);
  await sql.end();
  expect(hot / all).toBeGreaterThan(0.9);
}, 60_000);

test("what keeps PostgreSQL from answering has a name: a login that is refused is mended otherwise than a server that is not there", async () => {
  const url = await newDatabase();
  const troubleAt = async (change: (url: URL) => void) => {
    const changed = new URL(url);
    change(changed);
    const store = new PostgresStore({ url: changed.href });
    const error = await store.ping().catch((thrown: unknown) => thrown);
    await store.close();
    return error;
  };
  const port = String(await freePort());
  const closed = new URL(await newDatabase()).pathname;
  const sql = postgres(url, { max: 1 });
  await sql.unsafe(`alter database ${closed.slice(1)} allow_connections false`);
  await sql.end();
  expect(await troubleAt((at) => (at.pathname = closed))).toMatchObject({ code: "store_unavailable", reason: "login_refused" });
  expect(await troubleAt((at) => (at.username = "stranger"))).toMatchObject({ code: "store_unavailable", reason: "login_refused" });
  expect(await troubleAt((at) => (at.pathname = "/none"))).toMatchObject({ code: "store_unavailable", reason: "no_such_database" });
  expect(await troubleAt((at) => (at.port = port))).toMatchObject({ code: "store_unavailable", reason: "unreachable" });
});
