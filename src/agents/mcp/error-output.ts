import { ShareOfLoop } from "./share-of-loop.ts";

const MAX_LINE = 1000;
const MAX_LINES = 200;
const PERIOD_MS = 60_000;

/**
 * Logs what a child writes to its standard error, line by line, up to an amount that a person may want to read. The rest is read and
 * dropped: a child whose output nobody reads would block.
 */
export async function readErrorOutput(output: AsyncIterable<Uint8Array>, log: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  const share = new ShareOfLoop();
  let rest = "";
  let left = MAX_LINES;
  let since = performance.now();
  for await (const bytes of output) {
    share.begin();
    if (performance.now() - since > PERIOD_MS) {
      left = MAX_LINES;
      since = performance.now();
    }
    if (left > 0) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop()!.slice(0, MAX_LINE);
      for (const line of lines.slice(0, left)) log(printable(line));
      left = Math.max(0, left - lines.length);
      if (left === 0) log(`more than ${MAX_LINES} lines a minute: the rest is left out`);
    }
    await share.next();
  }
  if (rest !== "") log(printable(rest));
}

/** Without control characters, which could move the cursor of the terminal that shows the log (CWE-150). */
function printable(line: string): string {
  const text = Bun.stripANSI(line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
  return text.replace(/\p{Cc}/gu, " ").trimEnd();
}
