import { fullGC } from "bun:jsc";
import { JsonReader } from "./reader.ts";

/** Text up to this length is parsed in one go, which blocks the event loop for at most two milliseconds. */
export const SMALL_JSON = 32 * 1024;
/** How long the parsing of larger text may block the event loop at a time. */
const STEP_MS = 3;
const MIB = 1024 ** 2;
/** How much a process may have grown before it collects at all what reading has left. */
const GROWTH_BYTES = 96 * MIB;
/** A collection takes 15 to 70 ms: so many values are made from text in between, which takes half a second. */
const VALUES_BETWEEN = 2_000_000;

let last: Promise<unknown> = Promise.resolve();

/** Parses large text in steps, between which other work gets its turn. Several large texts are parsed one after another. */
export function readInSteps<T>(readerOf: () => JsonReader, use: (reader: JsonReader) => T | Promise<T>): Promise<T> {
  const mine = last.then(async () => {
    // Not after it: what has just been read is in use then, and would be looked through in vain.
    collectGarbage();
    const reader = readerOf();
    try {
      while (!reader.read(performance.now() + STEP_MS)) await nextTurn();
      return await use(reader);
    } finally {
      made += reader.made;
    }
  });
  last = mine.catch(() => {});
  return mine;
}

let floor: number | undefined;
let made = 0;

/**
 * A megabyte of text becomes up to thirty in memory, and what is left of it is collected only when the heap has grown by as much as it
 * held when it was last looked through: by then a few clients have swollen the process (CWE-400).
 */
function collectGarbage(): void {
  const rss = process.memoryUsage.rss();
  floor ??= rss + GROWTH_BYTES;
  if (rss < floor || made < VALUES_BETWEEN) return;
  fullGC();
  made = 0;
}

let step: Promise<unknown> = Promise.resolve();

/** Does a long step of work in a turn of the event loop in which no other such step is done: those of ten requests would add up. */
export function inTurn<T>(work: () => T): Promise<T> {
  const mine = step.then(work);
  step = mine.then(nextTurn, nextTurn);
  return mine;
}

/** Lets all that waits have its turn of the event loop. */
export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Like `JSON.parse`, for text that this server has written. Large text is parsed in steps, since a row may hold half a million values. */
export function parseStored<T>(text: string): T | Promise<T> {
  if (text.length <= SMALL_JSON) return JSON.parse(text) as T;
  // Without the limit of depth that request bodies have: a hook may have made something deeper.
  return readInSteps(() => new JsonReader(Buffer.from(text), "free"), ({ problem, value }) => (problem ? JSON.parse(text) : value) as T);
}
