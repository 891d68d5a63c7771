/**
 * Parts: each file makes one part of the program (a store, a place for files, the log, limits) from the configuration. How parts work
 * together is never decided here, but in `../compose.ts` and `../serve.ts`.
 */
import type { Config } from "../../config/options.ts";
import { ChatKitError } from "../../errors.ts";
import type { RequestContext } from "../../server/context.ts";
import type { Store } from "../../store/store.ts";
import type { Accounting, Migratable, Movable, Retention } from "../../store/upkeep.ts";

export type StoreOptions = Pick<Config, "databaseUrl" | "databasePoolSize" | "databasePrepare" | "databaseSchema">;
export type OpenStore = Store<RequestContext> & Partial<Migratable & Retention & Accounting & Movable>;

/**
 * Opens the store that `DATABASE_URL` names, without migrating it. Only the adapter that is needed is loaded.
 * @param warn called when other users of this machine can change the database
 * @throws ChatKitError store_unavailable, config_invalid
 */
export async function openStore({ databaseUrl, databasePoolSize, databasePrepare, databaseSchema: schema }: StoreOptions, warn?: (message: string) => void): Promise<OpenStore> {
  const scheme = databaseUrl.slice(0, databaseUrl.indexOf(":"));
  switch (scheme) {
    case "memory": {
      const { MemoryStore } = await import("../../store/memory/store.ts");
      return new MemoryStore<RequestContext>();
    }
    case "sqlite": {
      const { SqliteStore } = await import("../../store/sqlite/store.ts");
      const { whileHeld } = await import("../../store/sqlite/while-held.ts");
      return whileHeld(() => new SqliteStore<RequestContext>(databaseUrl.slice("sqlite:".length).replace(/^\/\//, ""), warn));
    }
    case "postgres":
    case "postgresql": {
      const { PostgresStore } = await import("../../store/postgres/store.ts");
      return new PostgresStore<RequestContext>({ url: databaseUrl, poolSize: databasePoolSize, prepare: databasePrepare, ...(schema !== undefined && { schema }) });
    }
    default:
      throw new ChatKitError("config_invalid", { message: "database_url: expected memory:, sqlite:PATH or postgres://…" });
  }
}
