import type { Download } from "../attachments/stored-attachments.ts";

type Range = { start: number; end: number };

/**
 * Nothing that a user has uploaded may run as if it were this server's (CWE-79, CWE-434): all but plain images are saved, not shown, the
 * type is not guessed, and whatever is shown nevertheless is in a sandbox without scripts. The URL says who may read it, so a page of any
 * origin may that has it.
 */
const FILE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "cross-origin-resource-policy": "cross-origin",
  "referrer-policy": "no-referrer",
};
const CACHED_S = 86_400;

/** Answers GET and HEAD for a file: whole or one range of it (RFC 9110), or 304 when the client has it already. */
export function download(request: Request, { name, type, isSafe, version, bytes }: Download): Response {
  const etag = `"${version}"`;
  const headers: Record<string, string> = {
    ...FILE_HEADERS,
    "content-type": type,
    "content-disposition": disposition(isSafe ? "inline" : "attachment", name),
    "cache-control": `private, max-age=${CACHED_S}, immutable`,
    "accept-ranges": "bytes",
    etag,
  };
  if (isAmong(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const { size } = bytes;
  const range = request.method === "GET" ? rangeOf(request.headers, etag, size) : undefined;
  if (range === "none") return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${size}` } });
  const { start, end } = range ?? { start: 0, end: size };
  if (range) headers["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  headers["content-length"] = String(end - start);
  const body = request.method === "HEAD" ? null : bytes.part(start, end);
  return new Response(body, { status: range ? 206 : 200, headers });
}

function isAmong(listed: string | null, etag: string): boolean {
  return listed?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag || one.trim() === "*") ?? false;
}

/** Undefined for the whole file, also when several ranges are asked for; "none" when there is nothing in the range. */
function rangeOf(headers: Headers, etag: string, size: number): Range | "none" | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get("range")?.trim() ?? "") ?? [];
  const condition = headers.get("if-range");
  if (first === undefined || last === undefined || (first === "" && last === "") || (condition !== null && condition !== etag)) return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
  return start < end ? { start, end } : "none";
}

/** With the name in both forms of RFC 6266: as ASCII for old clients, and whole. */
function disposition(how: "inline" | "attachment", name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${how}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
