import { JsonReader } from "./json-reader.ts";

/** Text up to this length is read in one go: in the worst case that holds the event loop for two milliseconds. */
export const SMALL_JSON = 32 * 1024;
/** How long larger text may hold the event loop at a time. */
const STEP_MS = 3;

let last: Promise<unknown> = Promise.resolve();

/** Reads large text: others get their turn meanwhile, and large texts are read one after another. */
export function readInSteps<T>(readerOf: () => JsonReader, use: (reader: JsonReader) => T): Promise<T> {
  const mine = last.then(async () => {
    const reader = readerOf();
    while (!reader.read(performance.now() + STEP_MS)) await nextTurn();
    return use(reader);
  });
  last = mine.catch(() => {});
  return mine;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What `JSON.parse` makes of text that this server has written; large text in steps, since a row may hold half a million values. */
export function parseStored<T>(text: string): T | Promise<T> {
  if (text.length <= SMALL_JSON) return JSON.parse(text) as T;
  // What a hook has made may be deeper than a body.
  return readInSteps(() => new JsonReader(text, "free"), ({ problem, value }) => (problem ? JSON.parse(text) : value) as T);
}
