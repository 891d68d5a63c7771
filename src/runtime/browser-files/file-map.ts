import type { BrowserFile } from "../../http/routes/pages.ts";

/** By name, each with the hash of its content. */
export function fileMap(all: { name: string; type: string; gzip: Uint8Array }[]): Map<string, BrowserFile> {
  const entries = all.map(({ name, type, gzip }) => {
    const etag = `"${Bun.hash(gzip).toString(36)}"`;
    return [name, { type, gzip: gzip as Uint8Array<ArrayBuffer>, etag }] as const;
  });
  return new Map(entries);
}
