import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, closeSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk that can be filled while a program writes to it, and freed again. */
export type SmallDisk = {
  folder: string;
  /** What a program over it says is wrong once it is full. */
  says: string;
  fill(pid: number): void;
  free(pid: number): void;
  remove(): void;
};

const SIZE_BYTES = 24 * 1024 ** 2;

/** A file system of its own for root; for others a limit on the length of files, which fails in the same places with another error. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), "chatkit-disk-"));
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "tmpfs", folder]).status === 0 ? tmpfs(folder) : limited(folder);
}

function tmpfs(folder: string): SmallDisk {
  const ballast = join(folder, "ballast");
  return {
    folder,
    says: "disk_full",
    fill: () => {
      const file = openSync(ballast, "a");
      try {
        for (const bytes of [1024 ** 2, 4096]) fillWith(file, Buffer.alloc(bytes));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast),
    remove: () => {
      spawnSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function fillWith(file: number, bytes: Buffer): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

function limited(folder: string): SmallDisk {
  const limit = (pid: number, bytes: number | "unlimited") => {
    const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`], { encoding: "utf8" });
    if (status !== 0) throw new Error(`prlimit: ${stderr}`);
  };
  return {
    folder,
    says: "io_error",
    fill: (pid) => limit(pid, statSync(join(folder, "chat.db-wal")).size),
    free: (pid) => limit(pid, "unlimited"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
