import { writeSync } from "node:fs";
import type { Output } from "./verbs.ts";

const STDOUT = 1;
const STDERR = 2;
const RETRY_MS = 5;

/**
 * Writes before it returns. What a stream still holds when the process exits is lost, and of a long answer a pipe takes 64 KiB at
 * once, for as long as nobody reads.
 */
export const processOutput: Output = { out: (line) => write(STDOUT, line), err: (line) => write(STDERR, line) };

function write(file: number, line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(file, rest));
    } catch (thrown) {
      // Nobody reads, or a disk is full: a server serves all the same, and of other verbs the exit code tells.
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Bun.sleepSync(RETRY_MS);
    }
  }
}
