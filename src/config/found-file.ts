import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, statSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { ChatKitError } from "../errors.ts";

/**
 * Reads a file that nobody named, if it is there: it decides who may ask and which code runs, and somebody who starts a program in a
 * folder such as /tmp may not know that it is there. So it has to be the work of this user or of root (CWE-426).
 * @throws ChatKitError config_invalid, with what to do about it
 */
export function readFoundFile(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  requireOwner(path, found);
  const fd = opened(path);
  try {
    // Of what has been opened: what a link leads to, and whatever was put in the file's place meanwhile.
    const file = fstatSync(fd);
    if (!file.isFile()) throw refused(path, "it is no file");
    requireOwner(path, file);
    if (mayBeWritten(file, 0o022)) throw refused(path, `others may write it: chmod go-w ${path}`);
    requireSafeFolder(path);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

function opened(path: string): number {
  try {
    // Not to wait for ever where somebody has put a pipe.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new ChatKitError("config_invalid", { message: `${path}: the configuration file cannot be read`, cause });
  }
}

/**
 * Who may write the folder can put a file there in place of this one: their own, which is refused for its owner, or one of this user's
 * that lies in reach. That is possible in a folder of somebody else, and in one that all may write, but for the sticky ones such as
 * /tmp, where a file is moved by its owner alone. A folder that a group may write is taken: many systems make every folder so, for
 * a group that nobody else is in.
 */
function requireSafeFolder(path: string): void {
  const place = dirname(resolve(path));
  const folder = statSync(place);
  const isSticky = (folder.mode & 0o1000) !== 0;
  if (!isTrusted(folder)) throw refused(path, `its folder ${place} belongs to another user`);
  if (mayBeWritten(folder, 0o002) && !isSticky) throw refused(path, `others may put another file in its place: chmod o-w ${place}`);
}

function requireOwner(path: string, stats: Stats): void {
  if (!isTrusted(stats)) throw refused(path, `it belongs to another user (${stats.uid})`);
}

/** By this user or root. Windows has neither owners by number nor modes. */
function isTrusted({ uid }: Stats): boolean {
  const user = process.geteuid?.();
  return user === undefined || uid === user || uid === 0;
}

function mayBeWritten({ mode }: Stats, by: number): boolean {
  return process.geteuid !== undefined && (mode & by) !== 0;
}

function refused(path: string, why: string): ChatKitError {
  const message = `${path} was found in the working directory and is not read: ${why}. If it is meant, name it by --config or CHATKIT_CONFIG.`;
  return new ChatKitError("config_invalid", { message });
}
