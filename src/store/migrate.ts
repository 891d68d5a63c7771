import { ChatKitError } from "../errors.ts";

/** One file of SQL. A first line `-- breaking` means that processes of the previous version cannot work with the new schema. */
export type Migration = { version: number; name: string; sql: string; checksum: string; breaking: boolean };
export type AppliedMigration = Pick<Migration, "version" | "name" | "checksum"> & { appliedAt: Date };
export type SchemaVersion = {
  version: number;
  name: string;
  /** `unknown`: applied by a newer version of this server. `edited`: the file differs from the one that was applied. */
  state: "applied" | "pending" | "edited" | "unknown";
  breaking: boolean;
  appliedAt?: Date;
};
export type MigrateOptions = {
  /** False refuses a breaking migration, which needs all other processes stopped first. Default true. */
  allowBreaking?: boolean;
};

/** Something of somebody else's that has the name of a table, view or index of ours; `kind` is that word. */
export type Foreign = { kind: string; name: string; columns: string[] };

export interface MigrationDriver {
  /** What is there under these names; tables and views come first. */
  found(names: readonly string[]): Promise<Foreign[]>;
  /** In order of their version; empty when nothing was ever applied. @throws ChatKitError config_invalid when its table is not ours */
  applied(): Promise<AppliedMigration[]>;
  /** Runs one file after the other and records each in one transaction with it, unless another process has done so. */
  apply(migrations: Migration[]): Promise<void>;
}

/** Files by name, such as `0001_words`. Throws unless the numbers have no gap: two branches might have added the same number. */
export function defineMigrations(files: Record<string, string>): Migration[] {
  return Object.entries(files).map(([name, sql], index) => {
    const version = Number.parseInt(name, 10);
    if (!/^\d{4}_[a-z0-9_]+$/.test(name) || version !== index + 1) throw new Error(`Migration ${name} is not number ${index + 1}.`);
    const checksum = new Bun.CryptoHasher("sha256").update(sql).digest("hex");
    return { version, name, sql, checksum, breaking: /^-- breaking\b/.test(sql) };
  });
}

/**
 * Applies pending migrations. @throws ChatKitError schema_newer, also when an applied file was edited; schema_pending when a breaking
 * migration is not allowed. In both cases nothing was written.
 */
export async function migrate(driver: MigrationDriver, known: Migration[], options: MigrateOptions = {}): Promise<SchemaVersion[]> {
  const { allowBreaking = true } = options;
  const before = await ownVersions(driver, known);
  requireKnown(before);
  const pending = known.filter(({ version }) => before.some((row) => row.version === version && row.state === "pending"));
  const breaking = pending.find((migration) => migration.breaking);
  if (breaking && !allowBreaking && pending.length < known.length) {
    const message = `Migration ${breaking.name} needs every other process stopped: run the migrate verb.`;
    throw new ChatKitError("schema_pending", { message });
  }
  if (pending.length === 0) return before;
  await driver.apply(pending);
  const after = await schemaVersions(driver, known);
  requireKnown(after);
  return after;
}

/**
 * Where the database stands, when all names that are still to be made are free.
 * @throws ChatKitError config_invalid that says what was found, and where to go with it
 */
export async function ownVersions(driver: MigrationDriver, known: Migration[]): Promise<SchemaVersion[]> {
  const versions = await schemaVersions(driver, known);
  const names = namesToMake(versions, known);
  const [found] = names.length === 0 ? [] : await driver.found(names);
  if (!found) return versions;
  // Another process of ours may have made it since: then it has also recorded that, in the same transaction.
  const since = await schemaVersions(driver, known);
  if (Bun.deepEquals(since, versions)) throw notOurs(found);
  return since;
}

/** The names of the tables, views and indexes that pending migrations make, and none that has applied has made. */
function namesToMake(versions: SchemaVersion[], known: Migration[]): string[] {
  const isPending = ({ version }: Migration) => versions.some((row) => row.version === version && row.state === "pending");
  const made = new Set(known.filter((migration) => !isPending(migration)).flatMap(namesIn));
  return known.filter(isPending).flatMap(namesIn).filter((name) => !made.has(name));
}

function namesIn({ sql }: Migration): string[] {
  return [...sql.matchAll(/\b(?:create\s+(?:unique\s+)?(?:table|view|index)\s+(?:if\s+not\s+exists\s+)?|rename\s+to\s+)(\w+)/gi)].map((match) => match[1]!);
}

export function notOurs({ kind, name, columns }: Foreign): ChatKitError {
  const message =
    `The database has ${kind === "index" ? "an" : "a"} ${kind} ${name}${columns.length > 0 ? ` (${columns.join(", ")})` : ""} that this server has not made; nothing was written. ` +
    "If a server built on the Python SDK made it: give this server another database (or, in PostgreSQL, a schema of its own by " +
    "CHATKIT_DATABASE_SCHEMA), and bring the conversations over with `import python ADDRESS`.";
  return new ChatKitError("config_invalid", { message });
}

export async function schemaVersions(driver: MigrationDriver, known: Migration[]): Promise<SchemaVersion[]> {
  const applied = new Map((await driver.applied()).map((row) => [row.version, row]));
  const ours = known.map(({ version, name, checksum, breaking }): SchemaVersion => {
    const row = applied.get(version);
    if (!row) return { version, name, state: "pending", breaking };
    return { version, name, state: row.checksum === checksum ? "applied" : "edited", breaking, appliedAt: row.appliedAt };
  });
  const theirs = [...applied.values()].filter(({ version }) => version > known.length);
  const unknown = { state: "unknown", breaking: false } as const;
  return [...ours, ...theirs.map(({ version, name, appliedAt }): SchemaVersion => ({ version, name, appliedAt, ...unknown }))];
}

/** For a process that starts without migrating. @throws ChatKitError schema_newer or schema_pending */
export function requireCurrent(versions: SchemaVersion[]): void {
  requireKnown(versions);
  const pending = versions.find(({ state }) => state === "pending");
  if (pending) throw new ChatKitError("schema_pending", { message: `The database needs migration ${pending.name}: run the migrate verb.` });
}

function requireKnown(versions: SchemaVersion[]): void {
  const newer = versions.find(({ state }) => state === "unknown");
  if (newer) {
    throw new ChatKitError("schema_newer", { message: `The database was written by a newer version: it has migration ${newer.name}.` });
  }
  const edited = versions.find(({ state }) => state === "edited");
  if (edited) throw new ChatKitError("schema_newer", { message: `Migration ${edited.name} was edited after it was applied.` });
}
