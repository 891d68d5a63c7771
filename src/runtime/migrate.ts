import type { Config } from "../config/options.ts";
import type { SchemaVersion } from "../store/migrate.ts";
import { openStore } from "./open-store.ts";

/** Applies what is pending, or only looks; answers every migration. A store without a schema has none. */
export async function migrate(action: "up" | "status", { databaseUrl }: Pick<Config, "databaseUrl">): Promise<SchemaVersion[]> {
  const store = await openStore(databaseUrl);
  try {
    return (await (action === "up" ? store.migrate?.() : store.schemaVersions?.())) ?? [];
  } finally {
    await store.close();
  }
}
