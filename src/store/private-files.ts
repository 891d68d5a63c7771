import { chmodSync, closeSync, existsSync, mkdirSync, openSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Called with a warning for the log, about files that other users can read or write. */
export type Warn = (message: string) => void;

/** On Windows the mode of a file does not say who may open it. */
const HAS_MODES = process.platform !== "win32";

/**
 * Creates an empty file, and the folders it is in, that only this user can read, whatever the umask is (CWE-276). Existing ones are left
 * as they are: whoever mounts a volume or makes a link has chosen its mode.
 * @throws the errors of the file system
 */
export function createPrivateFile(path: string, warn: Warn): void {
  if (existsSync(path)) return;
  createPrivateFolder(dirname(path), warn);
  closeSync(openSync(path, "a", 0o600));
  restrict(path, 0o600, warn);
}

/** @throws the errors of the file system */
export function createPrivateFolder(path: string, warn: Warn): void {
  if (existsSync(path)) return;
  createPrivateFolder(dirname(path), warn);
  const isOurs = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined;
  if (isOurs) restrict(path, 0o700, warn);
}

/** Sets the mode, from which the umask may have taken bits. File systems such as FAT have no modes, and may claim to have set one. */
function restrict(path: string, mode: number, warn: Warn): void {
  try {
    chmodSync(path, mode);
  } catch {
    // The mode is checked below, whether this failed or not.
  }
  if (HAS_MODES && statSync(path).mode & 0o077) warn(`${path} cannot be kept from other users of this machine: its file system has no modes`);
}

/** Warns when every user of this machine can change the file, or replace it. */
export function warnOfWriters(path: string, warn: Warn): void {
  if (!HAS_MODES) return;
  const isOpen = statSync(path).mode & 0o002;
  const place = dirname(realpathSync(path));
  if (isOpen) warn(`every user of this machine can write ${path}: chmod o-w it`);
  else if (isOpenFolder(place)) warn(`every user of this machine can put another file in the place of ${path}: chmod o-w ${place}`);
}

/** Whether everybody can replace files in the folder. In a sticky one, such as /tmp, only the owner of a file can. */
function isOpenFolder(path: string): boolean {
  return (statSync(path).mode & 0o1002) === 0o002;
}
