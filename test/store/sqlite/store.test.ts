import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "bun:test";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { storeSuite } from "../store-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "chatkit-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

storeSuite("the SQLite store", async () => {
  const store = new SqliteStore(join(folder, "data", "chat.db"));
  await store.migrate();
  return store;
});

test("a file that is no database is named", () => {
  const path = join(folder, "notes.txt");
  writeFileSync(path, "not a database, and long enough to be looked at as one".repeat(20));
  expect(() => new SqliteStore(path)).toThrow(`The database file ${path} cannot be used: file is not a database`);
});

test("a folder in the place of the file is named", () => {
  expect(() => new SqliteStore(folder)).toThrow(`The database file ${folder} cannot be used: unable to open database file`);
});
