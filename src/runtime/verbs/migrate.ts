import type { SchemaVersion } from "../../store/migrate.ts";
import { openStore, type StoreOptions } from "../parts/open-store.ts";

/** Applies pending migrations, or only looks at them. Returns all migrations; a store without a schema has none. */
export async function migrate(action: "up" | "status", options: StoreOptions): Promise<SchemaVersion[]> {
  const store = await openStore(options);
  try {
    return (await (action === "up" ? store.migrate?.() : store.schemaVersions?.())) ?? [];
  } finally {
    await store.close();
  }
}
