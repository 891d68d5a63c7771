import { ChatKitError } from "../errors.ts";

/** How much of a file is looked at. Office documents are archives whose kind is in their first entries. */
export const HEAD_BYTES = 64 * 1024;

/** Enough for whatever is not inside an archive. */
const SIGNATURE_BYTES = 4100;

/** Several names of one kind of file; the first is the one that bytes are found to be. */
const SAME: readonly (readonly string[])[] = [
  ["image/jpeg", "image/jpg", "image/pjpeg"],
  ["image/png", "image/apng", "image/x-png"],
  ["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"],
  ["image/bmp", "image/x-ms-bmp", "image/x-bmp"],
  ["image/x-icon", "image/vnd.microsoft.icon"],
  ["application/zip", "application/x-zip-compressed"],
  ["application/gzip", "application/x-gzip"],
  ["application/rtf", "text/rtf"],
  ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"],
  ["audio/mpeg", "audio/mp3"],
  ["video/mp4", "audio/mp4", "audio/x-m4a", "audio/m4a", "video/x-m4v", "video/quicktime"],
  ["video/webm", "audio/webm", "video/matroska", "video/x-matroska"],
  ["audio/ogg", "video/ogg", "application/ogg", "audio/opus", "audio/ogg; codecs=opus"],
  ["application/x-cfb", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook"],
];
const IN_ZIP = /^application\/(?:vnd\.openxmlformats-officedocument\.|vnd\.oasis\.opendocument\.|vnd\.ms-|epub\+zip$)/;
/** Types of text that do not begin with `text/`. SVG and HTML are text here; they are never shown by this server. */
const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml)$|application\/(?:x-)?(?:ndjson|jsonl|yaml|javascript|ecmascript|typescript|sh|sql|csv|toml)$|image\/svg\+xml$)/;
const UNKNOWN = "application/octet-stream";

/**
 * What a file is, by its first bytes: the type that was claimed, or for a client that did not know it the type that was found.
 * @throws ChatKitError unsupported_media_type when the claim is wrong
 */
export async function realType(head: Uint8Array, claimed: string): Promise<string> {
  const found = await typeOf(head);
  if (found === undefined) return binaryOf(claimed);
  if (found === "text/plain") return textOf(claimed);
  if (claimed === UNKNOWN || claimed === found) return found;
  const isSame = SAME.some((names) => names.includes(found) && names.includes(claimed));
  if (isSame || (found === "application/zip" && IN_ZIP.test(claimed)) || (found === "application/xml" && TEXT.test(claimed))) return claimed;
  throw lie(claimed, found);
}

/** The type that the bytes have by themselves; `text/plain` for anything that can be read, undefined for bytes that nobody knows. */
async function typeOf(head: Uint8Array): Promise<string | undefined> {
  // Loaded with the first upload: it is large.
  const { fileTypeFromBuffer } = await import("file-type");
  const isArchive = head[0] === 0x50 && head[1] === 0x4b;
  const found = await fileTypeFromBuffer(isArchive ? head : head.subarray(0, SIGNATURE_BYTES)).catch(() => undefined);
  return found?.mime.split(";", 1)[0] ?? (isText(head) ? "text/plain" : undefined);
}

function textOf(claimed: string): string {
  if (claimed === UNKNOWN) return "text/plain";
  // What Windows says of a .csv file.
  if (claimed === "application/vnd.ms-excel") return "text/csv";
  if (TEXT.test(claimed) || claimed === "application/rtf") return claimed;
  throw lie(claimed, "text");
}

/** Bytes that nobody knows may be of a type that nobody can check, but not of one whose files can be told. */
function binaryOf(claimed: string): string {
  const canBeTold = TEXT.test(claimed) || /^(?:image|audio|video|font)\//.test(claimed) || claimed === "application/pdf" || IN_ZIP.test(claimed);
  if (canBeTold || SAME.some((names) => names.includes(claimed))) throw lie(claimed, "something else");
  return claimed;
}

function lie(claimed: string, found: string): ChatKitError {
  return new ChatKitError("unsupported_media_type", { message: `The file is said to be ${claimed.slice(0, 100)}, but is ${found}.` });
}

/** Text has no control characters but those that lay it out. UTF-16 has, and begins with a mark. */
function isText(head: Uint8Array): boolean {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
  for (const byte of head) if (byte < 0x20 && (byte < 0x08 || byte > 0x0d) && byte !== 0x1b) return false;
  return true;
}
