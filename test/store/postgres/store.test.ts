import { expect, test } from "bun:test";
import { PostgresStore } from "../../../src/store/postgres/store.ts";
import { freePort } from "../../support/free-port.ts";
import { newDatabase } from "../../support/postgres.ts";
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
  expect(await troubleAt((at) => (at.username = "stranger"))).toMatchObject({ code: "store_unavailable", reason: "login_refused" });
  expect(await troubleAt((at) => (at.pathname = "/none"))).toMatchObject({ code: "store_unavailable", reason: "no_such_database" });
  expect(await troubleAt((at) => (at.port = port))).toMatchObject({ code: "store_unavailable", reason: "unreachable" });
});
