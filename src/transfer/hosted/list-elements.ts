const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * The elements of the array `data` of a JSON object, each as the bytes it has there: parsed and written again, numbers beyond 2^53,
 * escapes and repeated keys would change. The body must be valid JSON with such an array; of several keys `data` the last one counts,
 * as for a parser.
 */
export function listElements(body: Uint8Array): Uint8Array[] {
  const scanner = new Scanner(body);
  let elements: Uint8Array[] = [];
  scanner.enter();
  while (scanner.peek() !== CLOSE_OBJECT) {
    const key = JSON.parse(new TextDecoder().decode(scanner.value())) as string;
    scanner.skip(); // the colon
    if (key === "data" && scanner.peek() === OPEN_ARRAY) elements = arrayElements(scanner);
    else scanner.value();
    if (scanner.peek() === COMMA) scanner.skip();
  }
  return elements;
}

function arrayElements(scanner: Scanner): Uint8Array[] {
  const elements: Uint8Array[] = [];
  scanner.skip();
  while (scanner.peek() !== CLOSE_ARRAY) {
    elements.push(scanner.value());
    if (scanner.peek() === COMMA) scanner.skip();
  }
  scanner.skip();
  return elements;
}

/** Goes over valid JSON token by token. In UTF-8, bytes of characters beyond ASCII are above 0x7f, so none looks like a bracket. */
class Scanner {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Enters the outermost object. */
  enter(): void {
    if (BYTE_ORDER_MARK.every((byte, i) => this.bytes[i] === byte)) this.#at = BYTE_ORDER_MARK.length;
    this.skip();
  }

  /** The byte that the next token begins with. */
  peek(): number {
    while (this.bytes[this.#at]! <= 0x20) this.#at++;
    return this.bytes[this.#at]!;
  }

  /** Over a token of one byte. */
  skip(): void {
    this.peek();
    this.#at++;
  }

  /** Over a whole value; answers its bytes. */
  value(): Uint8Array {
    this.peek();
    const start = this.#at;
    let depth = 0;
    do {
      const byte = this.bytes[this.#at]!;
      if (byte === QUOTE) this.#string();
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) (depth++, this.#at++);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) (depth--, this.#at++);
      else if (depth > 0) this.#at++;
      else this.#scalar();
    } while (depth > 0);
    return this.bytes.subarray(start, this.#at);
  }

  #string(): void {
    for (this.#at++; this.bytes[this.#at] !== QUOTE; this.#at++) if (this.bytes[this.#at] === BACKSLASH) this.#at++;
    this.#at++;
  }

  #scalar(): void {
    for (let byte = this.bytes[this.#at]!; byte > 0x20 && byte !== COMMA && byte !== CLOSE_ARRAY && byte !== CLOSE_OBJECT;) {
      byte = this.bytes[++this.#at]!;
    }
  }
}
