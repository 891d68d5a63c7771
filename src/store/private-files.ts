import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Told of what others can read or write, in words for the operator's log. */
export type Warn = (message: string) => void;

/** On Windows the mode of a file says nothing of who may open it. */
const HAS_MODES = process.platform !== "win32";

/**
 * Makes an empty file, and the folders it lies in, that only this user can read, whatever the umask (CWE-276). What is there is left as
 * it is: who mounts a volume or links a file to another place sets modes on purpose.
 * @throws what the file system says
 */
export function createPrivateFile(path: string, warn: Warn): void {
  if (existsSync(path)) return;
  createPrivateFolder(dirname(path), warn);
  closeSync(openSync(path, "a", 0o600));
  restrict(path, 0o600, warn);
}

/** @throws what the file system says */
function createPrivateFolder(path: string, warn: Warn): void {
  if (existsSync(path)) return;
  createPrivateFolder(dirname(path), warn);
  const isOurs = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
  if (isOurs) restrict(path, 0o700, warn);
}

/** The umask may have taken too much, and file systems such as FAT have no modes to set or answer that they did. */
function restrict(path: string, mode: number, warn: Warn): void {
  try {
    chmodSync(path, mode);
  } catch {
    // What has become of it is looked at.
  }
  if (HAS_MODES && statSync(path).mode & 0o077) warn(`${path} cannot be kept from other users of this machine: its file system has no modes`);
}

/** Warns of a file that anybody on this machine can change, or put another one in the place of. */
export function warnOfWriters(path: string, warn: Warn): void {
  if (!HAS_MODES) return;
  const isOpen = statSync(path).mode & 0o002;
  const place = dirname(realpathSync(path));
  if (isOpen) warn(`every user of this machine can write ${path}: chmod o-w it`);
  else if (isOpenFolder(place)) warn(`every user of this machine can put another file in the place of ${path}: chmod o-w ${place}`);
}

/** In a sticky folder, such as /tmp, only the owner of a file can put another one in its place. */
function isOpenFolder(path: string): boolean {
  return (statSync(path).mode & 0o1002) === 0o002;
}
