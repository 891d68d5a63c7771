import type { Dialect } from "./dialect.ts";
import { EventMessages } from "./event-messages.ts";
import { valueOf, valuesOf } from "./event-values.ts";
import { isRecord, parsed } from "./json.ts";
import { errorIn, noAnswer } from "./server-error.ts";

/** White space and the byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
/** `{`, `[`, `<`: JSON or a page, and nothing an event stream can begin with. */
const NO_STREAM = new Set([0x7b, 0x5b, 0x3c]);
/** More is no answer, and would be held in memory to its end. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The body of an answer that should have been a stream of events and may not be one: a whole answer, an error, a gateway's page. */
export class WholeBody {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isKnown = false;
  #isWhole = false;

  /** Whether these bytes, with those before, are of a body that is no stream of events: then it keeps them. */
  keeps(bytes: Uint8Array): boolean {
    if (!this.#isKnown) {
      const first = bytes.find((byte) => !BLANK.has(byte));
      this.#isKnown = first !== undefined;
      this.#isWhole = first !== undefined && NO_STREAM.has(first);
    }
    if (!this.#isWhole) return false;
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES) throw noAnswer(`a body of more than ${MAX_BYTES} bytes`);
    this.#pieces.push(bytes.slice());
    return true;
  }

  /** What it kept; undefined when there was no such body. */
  get text(): string | undefined {
    return this.#isWhole ? Buffer.concat(this.#pieces).toString() : undefined;
  }
}

/**
 * What came in one piece: JSON that is parsed already, or a text. Some servers stream whether they are asked to or not, some never.
 * @throws APIError when it is no answer
 */
export function wholeAnswer<Event>(body: unknown, dialect: Dialect<Event>): Event[] {
  if (isRecord(body)) return dialect.whole(body);
  if (body === undefined || body === null || body === "") throw noAnswer("an empty body");
  if (typeof body !== "string") throw errorIn(body) ?? noAnswer("JSON that is no completion");
  return parsed(body) === undefined ? eachEvent(body, dialect) : wholeAnswer(parsed(body), dialect);
}

/** A stream of events, or JSON in lines. */
function eachEvent<Event>(text: string, dialect: Dialect<Event>): Event[] {
  const decoder = new EventMessages();
  const messages = [...decoder.add(new TextEncoder().encode(text)), ...decoder.end()];
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parsed);
  const values =
    messages.length > 0
      ? messages.filter(({ data }) => data !== "[DONE]").flatMap((one): unknown[] => (valueOf(one) ? [valueOf(one)] : valuesOf(one)))
      : lines;
  if (values.length === 0 || !values.every(isRecord)) throw noAnswer(described(text));
  const events = values.flatMap((value) => dialect.take(value));
  const { events: last, failure } = dialect.end(messages.some(({ data }) => data === "[DONE]"));
  if (failure) throw failure;
  return [...events, ...last];
}

/** Of a page its title alone: what else is in a body may be somebody's conversation, and this is for the log. */
function described(text: string): string {
  if (!/^\s*</.test(text)) return "a text that is no event";
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.replace(/\s+/g, " ").trim();
  return title ? `a page, "${title}"` : "a page";
}
