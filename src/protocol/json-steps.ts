import { JsonReader } from "./json-reader.ts";

/** Text up to this length is parsed in one go, which blocks the event loop for at most two milliseconds. */
export const SMALL_JSON = 32 * 1024;
/** How long the parsing of larger text may block the event loop at a time. */
const STEP_MS = 3;
const GROWTH_BYTES = 128 * 1024 ** 2;

let last: Promise<unknown> = Promise.resolve();

/** Parses large text in steps, between which other work gets its turn. Several large texts are parsed one after another. */
export function readInSteps<T>(readerOf: () => JsonReader, use: (reader: JsonReader) => T): Promise<T> {
  const mine = last.then(async () => {
    const reader = readerOf();
    while (!reader.read(performance.now() + STEP_MS)) await nextTurn();
    const used = use(reader);
    collectGarbage();
    return used;
  });
  last = mine.catch(() => {});
  return mine;
}

let ceiling: number | undefined;

/**
 * A megabyte of text becomes some thirty in memory, and what is left of it is collected only when the heap has grown by as much as it
 * holds: by then a few clients have swollen the process to half a gigabyte (CWE-400).
 */
function collectGarbage(): void {
  const rss = process.memoryUsage.rss();
  ceiling ??= rss + GROWTH_BYTES;
  if (rss < ceiling) return;
  Bun.gc(true);
  ceiling = process.memoryUsage.rss() + GROWTH_BYTES;
}

/** Lets all that waits have its turn of the event loop. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Like `JSON.parse`, for text that this server has written. Large text is parsed in steps, since a row may hold half a million values. */
export function parseStored<T>(text: string): T | Promise<T> {
  if (text.length <= SMALL_JSON) return JSON.parse(text) as T;
  // Without the limit of depth that request bodies have: a hook may have made something deeper.
  return readInSteps(() => new JsonReader(text, "free"), ({ problem, value }) => (problem ? JSON.parse(text) : value) as T);
}
