import { PostgresStore } from "../../../src/store/postgres/store.ts";
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
