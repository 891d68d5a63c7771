import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "bun:test";
import { SqliteStore } from "../../src/store/sqlite-store.ts";
import { storeSuite } from "./store-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeSuite("the SQLite store", async () => {
  const store = new SqliteStore(join(folder, "data", "chat.db"));
  await store.migrate();
  return store;
});
