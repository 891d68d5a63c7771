import { edenGC, fullGC } from "bun:jsc";
import { JsonReader } from "./reader.ts";

/** Text up to this length is parsed in one go, which blocks the event loop for at most two milliseconds. */
export const SMALL_JSON = 32 * 1024;
/** How long the parsing of larger text may block the event loop at a time. */
const STEP_MS = 3;
const MIB = 1024 ** 2;
/** How much a process may have grown before it collects at all what reading has left. */
const GROWTH_BYTES = 96 * MIB;
/** A collection of what is young takes some 3 ms, a whole one up to 40: the older a value has become, the more of them it outlives. */
const [YOUNG_AFTER, ALL_AFTER] = [MIB / 2, 16 * MIB];

let last: Promise<unknown> = Promise.resolve();

/** Parses large text in steps, between which other work gets its turn. Several large texts are parsed one after another. */
export function readInSteps<T>(readerOf: () => JsonReader, use: (reader: JsonReader) => T): Promise<T> {
  const mine = last.then(async () => {
    // Not after it: what has just been read is in use then, and would be looked through in vain.
    collectGarbage();
    const reader = readerOf();
    sinceYoung += reader.length;
    sinceAll += reader.length;
    while (!reader.read(performance.now() + STEP_MS)) await nextTurn();
    return use(reader);
  });
  last = mine.catch(() => {});
  return mine;
}

let floor: number | undefined;
let [sinceYoung, sinceAll] = [0, 0];

/**
 * A megabyte of text becomes some thirty in memory, and what is left of it is collected only when the heap has grown by as much as it
 * holds: by then a few clients have swollen the process to half a gigabyte (CWE-400). Collected often and in part, nobody waits long.
 */
function collectGarbage(): void {
  const rss = process.memoryUsage.rss();
  floor ??= rss + GROWTH_BYTES;
  if (rss < floor || sinceYoung < YOUNG_AFTER) return;
  if (sinceAll < ALL_AFTER) edenGC();
  else {
    fullGC();
    sinceAll = 0;
  }
  sinceYoung = 0;
}

/** Lets all that waits have its turn of the event loop. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Like `JSON.parse`, for text that this server has written. Large text is parsed in steps, since a row may hold half a million values. */
export function parseStored<T>(text: string): T | Promise<T> {
  if (text.length <= SMALL_JSON) return JSON.parse(text) as T;
  // Without the limit of depth that request bodies have: a hook may have made something deeper.
  return readInSteps(() => new JsonReader(text, "free"), ({ problem, value }) => (problem ? JSON.parse(text) : value) as T);
}
