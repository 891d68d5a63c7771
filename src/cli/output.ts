import { writeSync } from "node:fs";
import type { Output } from "./verbs.ts";

const STDOUT = 1;
const STDERR = 2;
const RETRY_MS = 5;

/**
 * Writes synchronously: what a stream still holds when the process exits is lost, and a pipe takes only 64 KiB until somebody reads from
 * it.
 */
export const processOutput: Output = { out: (line) => write(STDOUT, line), err: (line) => write(STDERR, line) };

function write(file: number, line: string): boolean {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(file, rest));
    } catch (thrown) {
      // Nobody reads, or the disk is full. A server goes on serving; a verb whose output matters ends with another exit code.
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") return false;
      Bun.sleepSync(RETRY_MS);
    }
  }
  return true;
}
