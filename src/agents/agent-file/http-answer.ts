import { IMAGE_TYPES } from "../input/attachment-input.ts";

/** How many characters of an answer the model gets. */
const MAX_CHARACTERS = 20_000;
/** No encoding needs more bytes for a character. */
const MAX_TEXT_BYTES = 4 * MAX_CHARACTERS;
const MAX_FILE_BYTES = 5 * 1024 ** 2;

type Part = { type: "text"; text: string } | { type: "image"; image: string } | { type: "file"; file: { data: string; mediaType: string; filename: string } };

/** What the model gets of an answer: its text, in whatever encoding it came, or its file with a line that says what it is. */
export async function answerOf(response: Response): Promise<string | Part[]> {
  const [type = "", ...parameters] = (response.headers.get("content-type") ?? "").split(";").map((part) => part.trim());
  const mediaType = type.toLowerCase();
  const isFile = IMAGE_TYPES.has(mediaType) || mediaType === "application/pdf";
  const { bytes, isWhole } = await read(response, isFile ? MAX_FILE_BYTES : MAX_TEXT_BYTES);
  const size = isWhole ? bytes.length : Number(response.headers.get("content-length"));
  const description = `[${mediaType || "bytes"}${size > 0 ? `, ${size} bytes` : ""}]`;
  if (isFile) return isWhole && bytes.length > 0 ? [{ type: "text", text: description }, filePart(mediaType, bytes)] : description;
  const text = textOf(bytes, mediaType, charsetOf(parameters));
  if (text === undefined) return description;
  return isWhole && text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS).toWellFormed()}…`;
}

/** Reads no more than so many bytes, however much is sent. */
async function read(response: Response, max: number): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > max) return { bytes: Buffer.concat(chunks).subarray(0, max), isWhole: false };
  }
  return { bytes: Buffer.concat(chunks), isWhole: true };
}

function filePart(mediaType: string, bytes: Uint8Array): Part {
  const url = `data:${mediaType};base64,${Buffer.from(bytes).toString("base64")}`;
  return IMAGE_TYPES.has(mediaType) ? { type: "image", image: url } : { type: "file", file: { data: url, mediaType, filename: "answer.pdf" } };
}

function charsetOf(parameters: string[]): string | undefined {
  const given = parameters.map((part) => /^charset\s*=\s*"?([^"]+)"?$/i.exec(part)?.[1]).find((name) => name !== undefined);
  return given?.trim();
}

/** The text; undefined for bytes that are none. Without a declared encoding it is UTF-8, or the old one of the web where that fails. */
function textOf(bytes: Uint8Array, mediaType: string, charset: string | undefined): string | undefined {
  // A character at the end may have been cut off: as a stream that is no error.
  const declared = decoderFor(charset);
  if (declared) return declared.decode(bytes, { stream: true });
  const isText = /^text\/|[/+](json|xml|yaml|javascript|x-www-form-urlencoded)$/.test(mediaType);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return !isText && text.includes("\0") ? undefined : text;
  } catch {
    return isText ? new TextDecoder(charset === undefined ? "windows-1252" : "utf-8").decode(bytes) : undefined;
  }
}

function decoderFor(charset: string | undefined): TextDecoder | undefined {
  if (charset === undefined || /^utf-?8$/i.test(charset)) return undefined;
  try {
    return new TextDecoder(charset as Bun.Encoding);
  } catch {
    return undefined;
  }
}
