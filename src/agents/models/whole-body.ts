import { isRecord, parsed } from "../../protocol/json/values.ts";
import type { Dialect } from "./dialect.ts";
import { EventMessages, isDone } from "./event-messages.ts";
import { valueOf, valuesOf } from "./event-values.ts";
import { errorIn, noAnswer } from "./server-error.ts";

/** White space, and the bytes of a byte order mark. */
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
/** `{`, `[`, `<`: the start of JSON or of an HTML page, and never of an event stream. */
const NO_STREAM = new Set([0x7b, 0x5b, 0x3c]);
/** The body is held in memory as a whole, and no real answer is larger. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Collects a body that should have been a stream of events but is something else: a whole answer, an error, a gateway's page. */
export class WholeBody {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isKnown = false;
  #isWhole = false;

  /** Takes the bytes if the body is not a stream of events, which its first character tells; returns whether it has taken them. */
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

  /** The body; undefined when it is a stream of events. */
  get text(): string | undefined {
    return this.#isWhole ? Buffer.concat(this.#pieces).toString() : undefined;
  }
}

/**
 * The events of a body that came in one piece: parsed JSON, or a text. Some servers stream even when they are not asked to, some never do.
 * @throws APIError when it is not an answer
 */
export function wholeAnswer<Event>(body: unknown, dialect: Dialect<Event>): Event[] {
  if (isRecord(body)) return dialect.whole(body);
  if (body === undefined || body === null || body === "") throw noAnswer("an empty body");
  if (typeof body !== "string") throw errorIn(body) ?? noAnswer("JSON that is no completion");
  return parsed(body) === undefined ? eachEvent(body, dialect) : wholeAnswer(parsed(body), dialect);
}

/** Reads a text that is a stream of events, or has one JSON value in each line. */
function eachEvent<Event>(text: string, dialect: Dialect<Event>): Event[] {
  const decoder = new EventMessages();
  const messages = [...decoder.add(new TextEncoder().encode(text)), ...decoder.end()];
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parsed);
  const values =
    messages.length > 0
      ? messages.filter((one) => !isDone(one)).flatMap((one): unknown[] => (valueOf(one) ? [valueOf(one)] : valuesOf(one)))
      : lines;
  if (values.length === 0 || !values.every(isRecord)) throw noAnswer(described(text));
  const events = values.flatMap((value) => dialect.take(value));
  const { events: last, failure } = dialect.end(messages.some(isDone));
  if (failure) throw failure;
  return [...events, ...last];
}

/** Describes a body for the log: only by the title of a page, since the rest may be part of a conversation. */
function described(text: string): string {
  if (!/^\s*</.test(text)) return "a text that is no event";
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1]?.replace(/\s+/g, " ").trim();
  return title ? `a page, "${title}"` : "a page";
}
