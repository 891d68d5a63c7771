import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/**
 * Every statement names the user, and every key begins with it: so rows of different users may lie in different places, and nobody reaches
 * another's. Only who recovers, retains or sweeps looks across users, and only these functions do.
 */
const ACROSS_USERS = new Set([
  "postgres/attachments.ts attachmentsAfter",
  "postgres/attachments.ts knownAttachments",
  "postgres/deletion.ts abandonedDeletions",
  "postgres/retention.ts deletedAttachments",
  "postgres/retention.ts markUnusedDeleted",
  "postgres/runs.ts loadLeft",
  "postgres/runs.ts recoverRuns",
  "postgres/store.ts ping",
  "sqlite/attachments.ts attachmentsAfter",
  "sqlite/attachments.ts knownAttachments",
  "sqlite/deletion.ts abandonedDeletions",
  // Deletes by rowid what it has found for one user just before.
  "sqlite/deletion.ts deleteBatch",
  "sqlite/retention.ts deletedAttachments",
  "sqlite/retention.ts markUnusedDeleted",
  "sqlite/runs.ts clamp",
  "sqlite/runs.ts recover",
  "sqlite/store.ts ping",
]);

const ROOT = join(import.meta.dir, "../..");
const TABLES = "(?:chatkit_)?(?:all_threads|threads|items|attachments|attachment_uses|runs|run_states|feedback)";
const USE = new RegExp(`\\b(?:from|into|update|join)\\s+(?:\\$\\{table\\}|${TABLES}\\b)`, "g");

const KEY = /(?:primary key|foreign key|unique|references \w+|unique index \w+ on \w+)\s*\(([^)]*)\)/g;

/** From there to the end of the string or of the parentheses around it. */
function restOfQuery(source: string, start: number): string {
  let depth = 0;
  for (let end = start; end < source.length; end++) {
    if (/[({]/.test(source[end]!)) depth++;
    if (/[)}]/.test(source[end]!) && --depth < 0) return source.slice(start, end);
    if (source[end] === "`" && depth === 0) return source.slice(start, end);
    if (source[end] === '"' && depth === 0 && !source.slice(start, end).includes("\n")) return source.slice(start, end);
  }
  return source.slice(start);
}

function functionAround(source: string, at: number): string {
  const names = [...source.slice(0, at).matchAll(/^(?:export )?(?:async )?function (\w+)|^  (?:override |async )*#?(\w+)(?:<\w+>)?\(.*\{$|^  (?:override |async )*#?(\w+)\($/gm)];
  const name = names.at(-1)?.slice(1).find(Boolean);
  return name ?? "";
}

describe.each(["postgres", "sqlite"])("over %s", (folder) => {
  test("every statement names the user, but those that recover, retain and sweep", () => {
    const without = new Set<string>();
    let statements = 0;
    for (const file of new Glob("*.ts").scanSync(join(ROOT, "src/store", folder))) {
      const source = readFileSync(join(ROOT, "src/store", folder, file), "utf8").replace(/\/\*\*[^]*?\*\/|^\s*(?:\/\/|--).*$/gm, "");
      for (const { index } of source.matchAll(USE)) {
        statements++;
        if (!/user_?id/i.test(restOfQuery(source, index))) without.add(`${folder}/${file} ${functionAround(source, index)}`);
      }
    }
    expect(statements).toBeGreaterThan(40);
    expect([...without].sort()).toEqual([...ACROSS_USERS].filter((name) => name.startsWith(folder)).sort());
  });

  test("every key begins with the user", () => {
    const keys: string[] = [];
    const nobodys: string[] = [];
    for (const file of new Glob("*.sql").scanSync(join(ROOT, "sql", folder))) {
      const sql = readFileSync(join(ROOT, "sql", folder, file), "utf8").replace(/--.*$/gm, "");
      for (const statement of sql.split(";")) {
        const [, table] = /create table (\w+)/.exec(statement) ?? [];
        if (table && !statement.includes("user_id")) nobodys.push(table.replace("chatkit_", ""));
        else for (const [, columns = ""] of statement.matchAll(KEY)) keys.push(columns);
      }
    }
    expect(keys.length).toBeGreaterThan(10);
    expect(nobodys.sort()).toEqual(["cancelled_sessions", "signing_keys"]);
    expect(keys.filter((columns) => !columns.startsWith("user_id"))).toEqual([]);
  });
});
