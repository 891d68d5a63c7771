import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeAll } from "./durable.ts";
import type { Ledger } from "./ledger.ts";

type Part = { start: number; bytes: number };

const MOVED = `
  update parts set start = moved.start
  from (select id, sum(bytes) over (order by start) - bytes as start from parts) as moved
  where moved.id = parts.id`;

/**
 * Takes out of items.jsonl what later parts came in the place of, so that every item is in it once. The new file is written
 * beside the old one, then the ledger's places are changed and, in the same commit, that the new one is to be taken; what
 * `finishCompaction` finds at the next start is either both or neither.
 */
export async function compact(path: string, ledger: Ledger): Promise<void> {
  const { live } = ledger.get<{ live: number }>("select coalesce(sum(bytes), 0) as live from parts")!;
  if (statSync(path).size === live) return;
  const old = await open(path, "r");
  const made = await open(`${path}.new`, "w", 0o600);
  try {
    let end = 0;
    for (const { start, bytes } of ledger.each<Part>("select start, bytes from parts order by start")) {
      const { buffer } = await old.read(Buffer.alloc(bytes), 0, bytes, start);
      await writeAll(made, buffer, end);
      end += bytes;
    }
    await made.sync();
  } finally {
    await old.close();
    await made.close();
  }
  ledger.write(() => {
    ledger.run(MOVED);
    ledger.setFact("take_new_items", "yes");
  });
  await finishCompaction(path, ledger);
}

/** Ends a compaction that was cut off, forwards or backwards. */
export async function finishCompaction(path: string, ledger: Ledger): Promise<void> {
  const made = `${path}.new`;
  if (ledger.fact("take_new_items") === undefined) return rmSync(made, { force: true });
  if (existsSync(made)) renameSync(made, path);
  await syncFolder(dirname(path));
  ledger.run("delete from facts where name = 'take_new_items'");
}
