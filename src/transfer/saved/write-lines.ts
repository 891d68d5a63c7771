import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeAll } from "../../store/durable-files.ts";

const CHUNK_BYTES = 256 * 1024;

/** Measures of a file's content. */
export type Content = { bytes: number; lines: number; sha256: string };

/**
 * Writes a file of lines in such a way that the file has either its old content or all of the new one, whatever happens meanwhile.
 * @param lines without line breaks
 */
export async function writeLines(path: string, lines: Iterable<Uint8Array | string>): Promise<Content> {
  const beside = `${path}.new`;
  const hash = new Bun.CryptoHasher("sha256");
  const content = { bytes: 0, lines: 0 };
  const file = await open(beside, "w", 0o600);
  try {
    for (const chunk of chunks(lines, content)) {
      hash.update(chunk);
      await writeAll(file, chunk, content.bytes);
      content.bytes += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
  return { ...content, sha256: hash.digest("hex") };
}

function* chunks(lines: Iterable<Uint8Array | string>, content: { lines: number }): Generator<Buffer> {
  let pieces: Buffer[] = [];
  let length = 0;
  for (const line of lines) {
    const piece = Buffer.concat([typeof line === "string" ? Buffer.from(line) : line, LINE_END]);
    pieces.push(piece);
    content.lines++;
    if ((length += piece.length) < CHUNK_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    length = 0;
  }
  yield Buffer.concat(pieces);
}

const LINE_END = Buffer.from("\n");
