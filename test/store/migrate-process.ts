// A process of its own that brings a store's schema up to date: `bun migrate-process.ts sqlite|postgres PATH_OR_URL`.
import { PostgresStore } from "../../src/store/postgres/store.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";

const [kind, address = ""] = process.argv.slice(2);
const store = kind === "sqlite" ? new SqliteStore(address) : new PostgresStore({ url: address });
const versions = await store.migrate();
await store.close();
console.log(versions.map(({ state }) => state).join());
