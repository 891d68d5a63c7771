/**
 * JSON from outside, read without harm: in steps, and only what its schema looks at. What a field means is never decided here.
 */
import { isUtf8 } from "node:buffer";
import { ChatKitError } from "../../errors.ts";
import type { Outline } from "./outline.ts";

/** Deeper than any real body, and far less than where a recursive schema exceeds the stack (measured: 20,000). */
const MAX_DEPTH = 64;
/** Of a list or map whose entries the schema checks one by one: no page sends as many, and the checks add up. */
const MAX_ENTRIES = 1000;
/** Of all that the schema checks in one body: a page sends some dozen. */
const MAX_VALUES = 100_000;
const PROTO = "__proto__";
type Slice = (this: Uint8Array, start: number, end: number) => string;
/** Called on plain bytes: to make a Buffer of a body takes 6 µs, since its memory has to be moved for that. */
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as { latin1Slice: Slice; utf8Slice: Slice };
/** Copied for each list: where a literal stands, the engine makes all lists as large as one of them has become, here three times too large. */
const NO_ENTRIES: unknown[] = [];
/** So many bytes are made into text at once, of which short strings are parts. */
const WINDOW = 16 * 1024;
/** Tokens that are read between two looks at the clock. */
const PER_LOOK = 256;

const [QUOTE, COMMA, COLON, BACKSLASH] = [34, 44, 58, 92] as const;
const [PLUS, MINUS, DOT, ZERO, NINE, UPPER_E, LOWER_E] = [43, 45, 46, 48, 57, 69, 101] as const;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125] as const;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

type Place = string | number;
type Container = unknown[] | Record<string, unknown>;
type Problem = { path: Place[]; message: string };
/**
 * A list or object being read: the value so far (null when it is skipped), its outline, and of the present entry its number, the key, if
 * that is needed, and where the key begins and ends.
 */
type Open = { isList: boolean; container: Container | null; outline: Outline | undefined; entries: number; key: string; keyAt: number; keyEnd: number };

/** What a string's characters are. */
const [ASCII, UNICODE, ESCAPED] = [0, 1, 2] as const;

/** What may come next in the text. */
const [VALUE, VALUE_OR_END, KEY, KEY_OR_END, COMMA_OR_END, NOTHING] = [0, 1, 2, 3, 4, 5] as const;

/**
 * Parses JSON as strictly as `JSON.parse`, with four differences. It reads bytes, so that nothing is made of what is refused. It can
 * stop anywhere and go on later, so that a body of half a million values does not hold the event loop. It skips what the schema does not
 * look at (see `Outline`), which then takes no memory. And it reports what would do harm later on: too much depth (CWE-674), too many
 * values (CWE-770), `__proto__` keys, which could set the prototype of a copy (CWE-1321), and lone surrogates, which no store can keep.
 */
export class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #outline: Outline;
  /** By depth; only the first `#depth` are in use. The objects are reused, since a body may open half a million lists one after another. */
  readonly #open: Open[] = [];
  #depth = 0;
  #top: Open | undefined;
  #at = 0;
  #next: number = VALUE;
  #values = 0;
  #made = 0;
  #window = "";
  #windowAt = 0;
  #value: unknown;
  #problem: (Problem & { depth: number }) | undefined;

  /** @throws ChatKitError invalid_json when it is not UTF-8; a byte order mark is none of JSON's tokens */
  constructor(bytes: Uint8Array, outline: Outline) {
    if (!isUtf8(bytes)) throw invalid();
    this.#bytes = bytes;
    this.#outline = outline;
  }

  /** How many values have been made. */
  get made(): number {
    return this.#made;
  }

  /** The value, once `read` has returned true; undefined when there is a problem. */
  get value(): unknown {
    return this.#value;
  }

  /** The problem found, if any; of several the least deep one. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Reads on until that time (of `performance.now()`). True when the text has been read to its end. @throws ChatKitError invalid_json */
  read(until = Infinity): boolean {
    for (let left = PER_LOOK; this.#step(); left--) {
      if (left > 0) continue;
      if (performance.now() > until) return false;
      left = PER_LOOK;
    }
    return true;
  }

  /** Reads one token; false at the end of the text. */
  #step(): boolean {
    const code = this.#skipBlanks();
    switch (this.#next) {
      case VALUE_OR_END:
        return code === CLOSE_LIST ? this.#close() : this.#read(code);
      case VALUE:
        return this.#read(code);
      case KEY_OR_END:
        return code === CLOSE_OBJECT ? this.#close() : this.#readKey(code);
      case KEY:
        return this.#readKey(code);
      case COMMA_OR_END:
        return this.#goOn(code);
      default:
        if (this.#at < this.#bytes.length) throw invalid();
        return false;
    }
  }

  #skipBlanks(): number {
    let code = this.#bytes[this.#at]!;
    while (code <= 32 && (code === 32 || code === 10 || code === 13 || code === 9)) code = this.#bytes[++this.#at]!;
    return code;
  }

  #goOn(code: number): boolean {
    const top = this.#top!;
    if (code === (top.isList ? CLOSE_LIST : CLOSE_OBJECT)) return this.#close();
    if (code !== COMMA) throw invalid();
    this.#at++;
    this.#next = top.isList ? VALUE : KEY;
    return true;
  }

  #readKey(code: number): boolean {
    if (code !== QUOTE) throw invalid();
    const top = this.#top!;
    const depth = this.#depth - 1;
    top.keyAt = this.#at;
    const key = this.#string(top.container !== null, depth);
    top.keyEnd = this.#at;
    if (this.#skipBlanks() !== COLON) throw invalid();
    this.#at++;
    if (key === PROTO) this.#note(`The key ${PROTO} is not allowed.`, depth);
    top.key = key;
    this.#next = VALUE;
    return true;
  }

  #read(code: number): boolean {
    const top = this.#top;
    if (top) top.entries++;
    const outline = this.#outlineIn(top);
    if (outline !== undefined && outline !== "free" && this.#isTooMuch(top)) return false;
    if (this.#depth > MAX_DEPTH) return this.#passDeep();
    if (code === OPEN_LIST || code === OPEN_OBJECT) this.#begin(code === OPEN_LIST, outline, top);
    else {
      const isKept = outline !== undefined && !this.#problem;
      const value = isKept && outline === "bytes" && code === QUOTE ? this.#textBytes() : this.#scalar(code, isKept);
      if (isKept && !this.#problem) this.#keep(value, top);
      this.#next = top ? COMMA_OR_END : NOTHING;
    }
    return true;
  }

  #outlineIn(top: Open | undefined): Outline | undefined {
    if (!top) return this.#outline;
    const { outline } = top;
    if (typeof outline !== "object") return outline;
    if (outline.each !== undefined) return outline.each;
    return top.isList ? "value" : outline.fields.get(top.key);
  }

  #isTooMuch(top: Open | undefined): boolean {
    const isEntry = typeof top?.outline === "object" && top.outline.each !== undefined;
    if (isEntry && top.entries > MAX_ENTRIES) this.#note(`Too big: expected at most ${MAX_ENTRIES} entries.`, this.#depth - 1);
    else if (++this.#values > MAX_VALUES) this.#note(`The body has more than ${MAX_VALUES} values.`, 0);
    else return false;
    return true;
  }

  #begin(isList: boolean, outline: Outline | undefined, top: Open | undefined): void {
    this.#at++;
    const container: Container | null = outline === undefined || this.#problem ? null : isList ? NO_ENTRIES.slice() : {};
    if (container) this.#keep(container, top);
    const open = (this.#open[this.#depth++] ??= { isList, container, outline, entries: 0, key: "", keyAt: 0, keyEnd: 0 });
    open.isList = isList;
    open.container = container;
    open.outline = container ? outline : undefined;
    open.entries = 0;
    this.#top = open;
    this.#next = isList ? VALUE_OR_END : KEY_OR_END;
  }

  /** Skips to the end of the list or object. The body is refused already, so brackets are only counted: there may be a million. */
  #passDeep(): boolean {
    this.#note(`The body is nested deeper than ${MAX_DEPTH} levels.`, Infinity);
    for (let open = 1; ; ) {
      const code = this.#bytes[this.#at];
      if (code === undefined) throw invalid();
      if (code === OPEN_LIST || code === OPEN_OBJECT) open++;
      if ((code === CLOSE_LIST || code === CLOSE_OBJECT) && --open === 0) return this.#close();
      if (code === QUOTE) this.#string(false, Infinity);
      else this.#at++;
    }
  }

  #close(): boolean {
    this.#at++;
    this.#depth--;
    this.#top = this.#open[this.#depth - 1];
    this.#next = this.#top ? COMMA_OR_END : NOTHING;
    return true;
  }

  #keep(value: unknown, top: Open | undefined): void {
    this.#made++;
    if (!top) this.#value = value;
    else if (top.isList) (top.container as unknown[]).push(value);
    else (top.container as Record<string, unknown>)[top.key] = value;
  }

  #scalar(code: number, isKept: boolean): unknown {
    if (code === QUOTE) return this.#string(isKept, this.#depth);
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#number(code);
    for (const [word, value] of WORDS) {
      if (!this.#startsWith(word)) continue;
      this.#at += word.length;
      return value;
    }
    throw invalid();
  }

  #startsWith(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  #number(first: number): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    if (first > ZERO) {
      let value = 0;
      let code = first;
      // A fast path for whole numbers of up to nine digits, which most are.
      for (; code >= ZERO && code <= NINE && at - start < 9; code = bytes[++at]!) value = value * 10 + code - ZERO;
      if (code === COMMA || code === CLOSE_LIST || code === CLOSE_OBJECT) {
        this.#at = at;
        return value;
      }
    }
    while (isPartOfNumber(bytes[at]!)) at++;
    const text = this.#ascii(start, at);
    if (!NUMBER.test(text)) throw invalid();
    this.#at = at;
    return Number(text);
  }

  /**
   * The string, or an empty one when it need not be made.
   * @param depth of the string, for the path of a problem
   */
  #string(isKept: boolean, depth: number): string {
    const start = this.#at;
    const kind = this.#passString();
    const end = this.#at;
    if (kind === ESCAPED) {
      const value = this.#unescaped(start, end);
      if (!value.isWellFormed()) this.#note("A lone surrogate is not text.", depth);
      return value;
    }
    if (!isKept && end - start !== PROTO.length + 2) return "";
    return kind === ASCII ? this.#ascii(start + 1, end - 1) : utf8Slice.call(this.#bytes, start + 1, end - 1);
  }

  /** A part of a larger text, which costs an eighth of a text by itself. */
  #ascii(start: number, end: number): string {
    if (end - start > WINDOW) return latin1Slice.call(this.#bytes, start, end);
    if (end - this.#windowAt > this.#window.length) {
      this.#windowAt = start;
      this.#window = latin1Slice.call(this.#bytes, start, Math.min(start + WINDOW, this.#bytes.length));
    }
    return this.#window.slice(start - this.#windowAt, end - this.#windowAt);
  }

  #textBytes(): Uint8Array {
    const start = this.#at;
    const kind = this.#passString();
    return kind === ESCAPED ? Buffer.from(this.#unescaped(start, this.#at)) : this.#bytes.subarray(start + 1, this.#at - 1);
  }

  #passString(): typeof ASCII | typeof UNICODE | typeof ESCAPED {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let bits = 0;
    let isEscaped = false;
    for (let code = bytes[at]!; code !== QUOTE; code = bytes[++at]!) {
      bits |= code;
      if (code === BACKSLASH) {
        isEscaped = true;
        at++;
      } else if (!(code >= 32)) throw invalid();
    }
    this.#at = at + 1;
    return isEscaped ? ESCAPED : bits < 128 ? ASCII : UNICODE;
  }

  #unescaped(start: number, end: number): string {
    try {
      return JSON.parse(utf8Slice.call(this.#bytes, start, end)) as string;
    } catch {
      throw invalid();
    }
  }

  /** Notes a problem. From then on no values are kept: the rest is only read to tell whether it is JSON. */
  #note(message: string, depth: number): void {
    if (this.#problem && this.#problem.depth <= depth) return;
    const path = depth === Infinity ? [] : this.#open.slice(0, depth).map((open) => this.#placeIn(open));
    this.#problem = { path, message, depth };
    this.#value = undefined;
    for (const open of this.#open) {
      open.container = null;
      open.outline = undefined;
    }
  }

  #placeIn({ isList, entries, keyAt, keyEnd }: Open): Place {
    return isList ? entries - 1 : this.#unescaped(keyAt, keyEnd);
  }
}

const WORDS = [
  ["true", true],
  ["false", false],
  ["null", null],
] as const;

const invalid = () => new ChatKitError("invalid_json");

const isPartOfNumber = (code: number) =>
  (code >= ZERO && code <= NINE) || code === DOT || code === MINUS || code === PLUS || code === LOWER_E || code === UPPER_E;
