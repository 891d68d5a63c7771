import { createReadStream } from "node:fs";
import type { Content } from "./write-lines.ts";

const LINE_FEED = 0x0a;

/** Reads a file of lines, piece by piece. A last line without a line break is a line, too. */
export async function readContent(path: string, onLine: (line: Buffer) => void): Promise<Content> {
  const hash = new Bun.CryptoHasher("sha256");
  const content = { bytes: 0, lines: 0 };
  let rest: Buffer[] = [];
  const emit = (line: Buffer) => {
    content.lines++;
    onLine(line);
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    content.bytes += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      emit(Buffer.concat([...rest, chunk.subarray(start, end)]));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) emit(Buffer.concat(rest));
  return { ...content, sha256: hash.digest("hex") };
}

/** The SHA-256 of a file, as hexadecimal. */
export async function fileHash(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest("hex");
}
