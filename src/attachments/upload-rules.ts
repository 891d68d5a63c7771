import { ChatKitError } from "../errors.ts";
import type { AttachmentCreateParams } from "../protocol/attachments.ts";

/** A type that is taken, such as `image/png` or `image/*`, and how large its files may be if that differs from the others. */
export type TypeRule = { type: string; maxBytes?: number };

export type UploadRules = {
  types: readonly TypeRule[];
  /** The largest file, where the rule of its type says nothing else. */
  maxBytes: number;
  maxPerMessage: number;
  /** What all files of a user may take; undefined for any size. */
  maxBytesPerUser?: number | undefined;
};

const MAX_NAME_LENGTH = 255;
/** A media type and its parameters (RFC 9110, 8.3.1), as far as a header can hold them. */
const MEDIA_TYPE = /^(?:[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:\s*;[ -~]{0,200})?)?$/;

const DEFAULT_TYPES: readonly TypeRule[] = [
  "image/*",
  "text/*",
  "application/pdf",
  "application/json",
  "application/xml",
  "application/yaml",
  "application/rtf",
  "application/msword",
  "application/vnd.ms-excel",
  "application/vnd.ms-powerpoint",
  "application/vnd.openxmlformats-officedocument.*",
  "application/vnd.oasis.opendocument.*",
].map((type) => ({ type }));

export const DEFAULT_RULES: UploadRules = { types: DEFAULT_TYPES, maxBytes: 25 * 1024 ** 2, maxPerMessage: 10 };

/** Rules out of `image/png` and, with a largest size in bytes, `image/*:1048576`. */
export function typeRules(entries: readonly string[]): TypeRule[] {
  return entries.map((entry) => {
    const [type = "", bytes] = entry.split(":");
    return bytes === undefined ? { type } : { type, maxBytes: Number(bytes) };
  });
}

export const isMediaType = (given: string) => MEDIA_TYPE.test(given);

/** A media type without its parameters, in lower case; what browsers say of files that they do not know when it is empty. */
export function mediaType(given: string): string {
  return given.split(";", 1)[0]!.trim().toLowerCase() || "application/octet-stream";
}

/** How large a file of that type may be; undefined when the type is not taken. The longest pattern that fits decides. */
function largestOf({ types, maxBytes }: UploadRules, type: string): number | undefined {
  const fitting = types.filter((rule) => (rule.type.endsWith("*") ? type.startsWith(rule.type.slice(0, -1)) : type === rule.type));
  const [rule] = fitting.sort((a, b) => b.type.length - a.type.length);
  return rule && (rule.maxBytes ?? maxBytes);
}

/** The largest file of any type. */
export function largestOfAll({ types, maxBytes }: UploadRules): number {
  return Math.max(...types.map((rule) => rule.maxBytes ?? maxBytes));
}

/** @throws ChatKitError with a sentence for the person who wants to send the file */
export function requireAllowed(rules: UploadRules, { name, size, mime_type }: AttachmentCreateParams): void {
  if (name.trim() === "" || name.length > MAX_NAME_LENGTH) {
    throw new ChatKitError("invalid_request", { message: `A file needs a name of at most ${MAX_NAME_LENGTH} characters.` });
  }
  if (!MEDIA_TYPE.test(mime_type.trim())) throw notTaken(mime_type);
  if (size < 1) throw new ChatKitError("invalid_request", { message: "The file is empty." });
  requireSize(size, requireType(rules, mediaType(mime_type)));
}

/** How large a file of that type may be. What a client does not know is allowed until its bytes are there. @throws ChatKitError unsupported_media_type */
export function requireType(rules: UploadRules, type: string): number {
  const most = type === "application/octet-stream" ? largestOfAll(rules) : largestOf(rules, type);
  if (most === undefined) throw notTaken(type);
  return most;
}

function notTaken(type: string): ChatKitError {
  return new ChatKitError("unsupported_media_type", { message: `Files of the type ${type.slice(0, 100)} are not taken.` });
}

/** @throws ChatKitError body_too_large */
export function requireSize(bytes: number, most: number): void {
  if (bytes > most) throw new ChatKitError("body_too_large", { message: `The file is larger than ${inWords(most)}.` });
}

function inWords(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib >= 1 ? `${Number(mib.toFixed(1))} MiB` : `${bytes} bytes`;
}
