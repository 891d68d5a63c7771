import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ChatKitError } from "../errors.ts";
import type { Option } from "./options.ts";

/** More than the size of any key or address. */
const MAX_BYTES = 64 * 1024;
const WRITABLE_BY_OTHERS = 0o002;

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  ENXIO: "it is no regular file",
};

/**
 * The variable that names a file with the value in it, as Docker and Kubernetes mount secrets. The environment itself is inherited by
 * child processes, dumped and shown in more places than a file.
 */
export function fileVariable({ env, secret, holdsSecret }: Option): string | undefined {
  return secret || holdsSecret ? `${env}_FILE` : undefined;
}

/**
 * The value in a file, without the line break that editors and `echo` put at the end. Only regular files are read, and links to them. No
 * message shows the path: somebody may have given the secret itself in its place.
 * @throws ChatKitError config_invalid that says what is wrong
 */
export function readSecretFile(path: string, warn: (problem: string) => void): string {
  const bytes = read(path, warn);
  if (bytes.length > MAX_BYTES) throw refused(`the file is larger than ${MAX_BYTES} bytes`);
  const text = decoded(bytes).replace(/[\r\n]+$/, "");
  if (text === "") throw refused("the file is empty");
  return text;
}

function read(path: string, warn: (problem: string) => void): Buffer {
  let file: number | undefined;
  try {
    // Non-blocking, since opening a pipe would wait for somebody who writes into it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (stats.isDirectory()) throw refused("it names a folder, not a file");
    // A pipe or a device may keep the start waiting, or never end.
    if (!stats.isFile()) throw refused("what it names is no regular file");
    // Only writing is warned of: in containers, mounted secrets can be read by everybody on purpose.
    if (stats.mode & WRITABLE_BY_OTHERS) warn("the file can be changed by every user of this machine");
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let more = 1; more > 0 && length < bytes.length; length += more) more = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } catch (cause) {
    if (cause instanceof ChatKitError) throw cause;
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw refused(`the file it names cannot be read: ${REASONS[code] ?? code}`, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refused("the file holds no UTF-8 text", cause);
  }
}

const refused = (message: string, cause?: unknown) => new ChatKitError("config_invalid", { message, cause });
