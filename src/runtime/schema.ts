import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";
import { requireCurrent } from "../store/migrate.ts";
import type { OpenStore } from "./parts/open-store.ts";

export type Schema = { isPending(): boolean; stopWatching(): void };
/** Whose task it is to migrate: this process's, its supervisor's, or the operator's, with the migrate verb. */
type Migrator = "us" | "supervisor" | "operator";

const LOOK_EVERY_MS = 2000;

/**
 * Brings the schema up to this version, or watches until the operator has done so with the migrate verb. A migration marked as breaking,
 * which older processes could not work with, is always left to that verb. A worker whose supervisor has migrated finds something to do
 * only when the program was replaced by a newer one: it must not take the place of one that can answer.
 * @throws ChatKitError schema_newer, schema_pending, store_unavailable
 */
export async function prepareSchema(store: OpenStore, migrator: Migrator, logger: Logger): Promise<Schema> {
  if (migrator === "us") await store.migrate?.({ allowBreaking: false });
  if (migrator === "supervisor") requireCurrent((await store.schemaVersions?.()) ?? []);
  let pending = migrator === "operator" && (await isSchemaPending(store));
  if (!pending) return { isPending: () => false, stopWatching: () => {} };
  logger.warn({}, "the database needs a migration: until the migrate verb has run, every request is refused");
  const look = async () => {
    try {
      pending = await isSchemaPending(store);
    } catch (err) {
      logger.warn({ err }, "could not see whether the database has been migrated");
    }
    if (!pending) {
      clearInterval(timer);
      logger.info({}, "the database has been migrated");
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return { isPending: () => pending, stopWatching: () => clearInterval(timer) };
}

async function isSchemaPending(store: OpenStore): Promise<boolean> {
  try {
    requireCurrent((await store.schemaVersions?.()) ?? []);
    return false;
  } catch (error) {
    if (error instanceof ChatKitError && error.code === "schema_pending") return true;
    throw error;
  }
}
