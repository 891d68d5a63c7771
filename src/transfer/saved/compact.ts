import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeAll } from "../../store/durable-files.ts";
import type { Ledger } from "./ledger.ts";

type Part = { start: number; bytes: number };

const MOVED = `
  update parts set start = moved.start
  from (select id, sum(bytes) over (order by start) - bytes as start from parts) as moved
  where moved.id = parts.id`;

/**
 * Removes replaced parts from items.jsonl, so that every item is in it once. The new file is written beside the old one. Then one commit
 * of the ledger changes all places, and notes that the new file is to be used: after a crash, `finishCompaction` finds either both or
 * neither.
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

/** Completes a compaction that was cut off, or undoes it. */
export async function finishCompaction(path: string, ledger: Ledger): Promise<void> {
  const made = `${path}.new`;
  if (ledger.fact("take_new_items") === undefined) return rmSync(made, { force: true });
  if (existsSync(made)) renameSync(made, path);
  await syncFolder(dirname(path));
  ledger.run("delete from facts where name = 'take_new_items'");
}
