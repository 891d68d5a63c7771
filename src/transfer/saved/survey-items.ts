import { open } from "node:fs/promises";
import { typeOf } from "../item-facts.ts";
import type { Content } from "./write-lines.ts";
import { sha256 } from "./item-writer.ts";
import type { Ledger } from "./ledger.ts";

type Part = { thread: string; start: number; bytes: number; items: number; sha256: string };
type ItemSurvey = { content: Content; byType: Record<string, number> };

/**
 * Reads all items back from the disk and compares them with what the ledger noted when they were served, thread by thread.
 * @param onDamage called with the thread and place of each part whose items are not those that were saved
 */
export async function surveyItems(path: string, ledger: Ledger, onDamage: (thread: string, start: number) => void): Promise<ItemSurvey> {
  const hash = new Bun.CryptoHasher("sha256");
  const counts = new Map<string, number>();
  const content = { bytes: 0, lines: 0 };
  const file = await open(path, "r");
  try {
    for (const part of ledger.each<Part>("select thread, start, bytes, items, sha256 from parts order by start")) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(part.bytes), 0, part.bytes, part.start);
      hash.update(buffer);
      const isWhole = part.start === content.bytes && bytesRead === part.bytes && sha256(buffer) === part.sha256;
      if (!isWhole || !countLines(buffer, part.items, counts)) onDamage(part.thread, part.start);
      content.bytes += part.bytes;
      content.lines += part.items;
    }
  } finally {
    await file.close();
  }
  const byType = Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { content: { ...content, sha256: hash.digest("hex") }, byType };
}

/** Whether the part has that many lines, each of them JSON. */
function countLines(part: Buffer, expected: number, counts: Map<string, number>): boolean {
  const lines = part.toString().split("\n");
  if (lines.pop() !== "" || lines.length !== expected) return false;
  try {
    for (const line of lines) {
      const type = typeOf(JSON.parse(line));
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    return true;
  } catch {
    return false;
  }
}
