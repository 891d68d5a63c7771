import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, statSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { ChatKitError } from "../errors.ts";

/**
 * Reads a configuration file that was found in the folder, not named by the user; undefined when there is none. Such a file decides which
 * code runs, and a user who starts the program in a folder such as /tmp may not know of it. So it must belong to this user or root (CWE-426).
 * @throws ChatKitError config_invalid, whose message says what to do
 */
export function readFoundFile(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  requireOwner(path, found);
  const fd = opened(path);
  try {
    // Of the open file, not of the path: that may be a link, or another file may have been put there since.
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
    // Non-blocking, since opening a pipe that somebody has put there would wait for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new ChatKitError("config_invalid", { message: `${path}: the configuration file cannot be read`, cause });
  }
}

/**
 * Other users who may write to the folder could replace the file. Their own file would be refused because of its owner, but they could
 * also move another file of this user there. So a folder of another user is refused, and one that everybody may write to, unless it is
 * sticky like /tmp, where only the owner of a file can move it. A folder that a group may write to is accepted: on many systems that is the
 * default, with a group of only this user.
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
