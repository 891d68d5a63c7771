import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostedThread } from "./project.ts";

/** What a folder has that is not what was served; empty when it is all there, once, in its order and byte for byte. */
export function differences(folder: string, threads: readonly HostedThread[]): string[] {
  const found: string[] = [];
  const saved = lines(folder, "threads.jsonl").sort();
  const served = threads.map(({ json }) => json).sort();
  if (saved.join("\n") !== served.join("\n")) found.push(`${saved.length} threads for ${served.length}`);
  const items = Map.groupBy(lines(folder, "items.jsonl"), (line) => /"thread_id":"([^"]*)"/.exec(line)?.[1]);
  for (const { id, items: expected } of threads) {
    const got = items.get(id) ?? [];
    items.delete(id);
    if (got.join("\n") !== expected.map(({ json }) => json).join("\n")) found.push(`${id}: ${got.length} items for ${expected.length}`);
  }
  for (const [id, extra] of items) found.push(`${id}: ${extra.length} items too many`);
  return found;
}

export function lines(folder: string, name: string): string[] {
  const text = readFileSync(join(folder, name), "utf8");
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** A line with the bytes that it was served as; see the README. */
export function asServed(line: string): string {
  return line.replace(/\t(\t\t|\t | )/g, (_, code: string) => ({ " ": "\n", "\t ": "\t", "\t\t": "\r" })[code]!);
}
