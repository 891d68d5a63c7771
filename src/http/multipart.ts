import { ChatKitError } from "../errors.ts";

type FilePart = { field: string; name: string; type: string; chunks: AsyncIterable<Uint8Array> };

const MAX_HEADER_BYTES = 16 * 1024;
/** What may come before the file: fields that nobody reads. */
const MAX_FIELD_BYTES = 64 * 1024;
const LINE_END = Buffer.from("\r\n");
const HEADERS_END = Buffer.from("\r\n\r\n");

/** The boundary that a multipart content type names. */
export function boundaryOf(contentType: string | null): string | undefined {
  const [, quoted, bare] = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType ?? "") ?? [];
  return quoted ?? bare;
}

/** The first file of a multipart body (RFC 7578), whose bytes are read as they arrive. @throws ChatKitError invalid_request when there is none */
export async function firstFile(chunks: AsyncIterable<Uint8Array>, boundary: string): Promise<FilePart> {
  const body = new Body(chunks);
  await body.skip(Buffer.from(`--${boundary}`), MAX_FIELD_BYTES);
  const end = Buffer.from(`\r\n--${boundary}`);
  for (;;) {
    const mark = await body.take(2);
    if (!mark.equals(LINE_END)) throw new ChatKitError("invalid_request", { message: "The form has no file." });
    const headers = await headersOf(body);
    const { field, name, type } = partOf(headers);
    if (name !== undefined) return { field, name, type, chunks: body.until(end) };
    await body.skip(end, MAX_FIELD_BYTES);
  }
}

async function headersOf(body: Body): Promise<string> {
  // A part without headers begins with an empty line.
  const first = await body.take(2);
  if (first.equals(LINE_END)) return "";
  return Buffer.concat([first, await body.skip(HEADERS_END, MAX_HEADER_BYTES)]).toString("utf8");
}

function partOf(headers: string): { field: string; name: string | undefined; type: string } {
  const disposition = /^content-disposition:\s*form-data(.*)$/im.exec(headers)?.[1] ?? "";
  const type = /^content-type:\s*(.*)$/im.exec(headers)?.[1]?.trim() ?? "";
  const encoded = /;\s*filename\*=utf-8''([^;\s]*)/i.exec(disposition)?.[1];
  const name = encoded === undefined ? parameter(disposition, "filename") : decoded(encoded);
  return { field: parameter(disposition, "name") ?? "", name, type };
}

/** Browsers write quotes and line breaks inside a value as `%22`, `%0D` and `%0A`; others put a backslash before a quote. */
function parameter(disposition: string, key: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "i").exec(disposition) ?? [];
  return (quoted?.replace(/\\(["\\])/g, "$1") ?? bare)?.replace(/%22/g, '"').replace(/%0D|%0A/gi, " ");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A body that is read up to certain bytes. Holds one chunk, and as much of the one before as the searched bytes are long. */
class Body {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    while (this.#held.byteLength < count) await this.#more();
    return this.#cut(count, 0);
  }

  /** Everything before `mark`, and goes on behind it. */
  async skip(mark: Buffer, most: number): Promise<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at > most || (at < 0 && this.#held.byteLength > most)) throw new ChatKitError("invalid_request", { message: "The form is not as expected." });
      if (at >= 0) return this.#cut(at, mark.byteLength);
      await this.#more();
    }
  }

  /** The same in pieces, of any length. The rest of the body is left unread. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array, void> {
    try {
      for (let at = this.#held.indexOf(mark); ; at = this.#held.indexOf(mark)) {
        // The last bytes may be the beginning of the mark.
        const ready = at >= 0 ? at : this.#held.byteLength - mark.byteLength + 1;
        if (ready > 0) yield this.#cut(ready, 0);
        if (at >= 0) return;
        await this.#more();
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  #cut(at: number, dropped: number): Buffer {
    const cut = this.#held.subarray(0, at);
    this.#held = this.#held.subarray(at + dropped);
    return cut;
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done) throw new ChatKitError("invalid_request", { message: "The form breaks off." });
    this.#held = this.#held.byteLength === 0 ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.concat([this.#held, value]);
  }
}
