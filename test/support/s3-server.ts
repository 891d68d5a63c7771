import aws4 from "aws4";

export const S3_KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
export const BUCKET = "files";
const XML = { "content-type": "application/xml" };

/**
 * The part of S3 that is used here, over HTTP and in memory. Every request has to be signed (Signature Version 4, checked with the `aws4`
 * package); the bucket may be in the path or in the host name. `fail` makes it answer something else.
 */
export function s3Server() {
  const objects = new Map<string, { data: Uint8Array<ArrayBuffer>; at: Date }>();
  const parts = new Map<string, Map<number, Uint8Array>>();
  const state = { fail: undefined as (() => Response | Promise<Response>) | undefined, refused: 0 };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      if (state.fail) return state.fail();
      if (!isSigned(request)) {
        state.refused++;
        return new Response("<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>", { status: 403, headers: XML });
      }
      const url = new URL(request.url);
      const path = decodeURIComponent(url.pathname).slice(1);
      const key = url.hostname.startsWith(`${BUCKET}.`) ? path : path.slice(BUCKET.length + 1);
      return answer(request, key, url.searchParams);
    },
  });

  async function answer(request: Request, key: string, query: URLSearchParams): Promise<Response> {
    const upload = query.get("uploadId");
    const put = (data: Uint8Array) => objects.set(key, { data: new Uint8Array(data), at: new Date() });
    if (request.method === "GET" && key === "") return list(query);
    if (request.method === "POST" && query.has("uploads")) {
      const id = crypto.randomUUID();
      parts.set(id, new Map());
      return new Response(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`, { headers: XML });
    }
    if (request.method === "PUT" && upload) {
      const number = Number(query.get("partNumber"));
      parts.get(upload)!.set(number, await request.bytes());
      return new Response(null, { headers: { etag: `"${number}"` } });
    }
    if (request.method === "POST" && upload) {
      put(Buffer.concat([...parts.get(upload)!].sort(([a], [b]) => a - b).map(([, data]) => data)));
      parts.delete(upload);
      return new Response(`<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"x"</ETag></CompleteMultipartUploadResult>`, { headers: XML });
    }
    if (request.method === "DELETE") {
      if (upload) parts.delete(upload);
      else objects.delete(key);
      return new Response(null, { status: 204 });
    }
    if (request.method === "PUT") {
      put(await request.bytes());
      return new Response(null, { headers: { etag: '"x"' } });
    }
    return read(request, objects.get(key));
  }

  function list(query: URLSearchParams): Response {
    const [prefix, after] = [query.get("prefix") ?? "", query.get("start-after") ?? ""];
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const shown = keys.slice(0, 3);
    const rows = shown.map((key) => `<Contents><Key>${key}</Key><LastModified>${objects.get(key)!.at.toISOString()}</LastModified><Size>1</Size></Contents>`);
    const isTruncated = keys.length > shown.length;
    return new Response(`<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${rows.join("")}</ListBucketResult>`, { headers: XML });
  }

  return { endpoint: server.url.origin, port: server.port, objects, parts, state, stop: () => server.stop(true) };
}

function read(request: Request, found: { data: Uint8Array<ArrayBuffer> } | undefined): Response {
  if (!found) return new Response(request.method === "HEAD" ? null : "<Error><Code>NoSuchKey</Code></Error>", { status: 404, headers: XML });
  const { data } = found;
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  const part = start === undefined ? data : data.subarray(Number(start), end ? Number(end) + 1 : undefined);
  const headers = { "content-length": String(part.byteLength), etag: '"x"', "last-modified": new Date().toUTCString() };
  return new Response(request.method === "HEAD" ? null : part, { status: start === undefined ? 200 : 206, headers });
}

/** Whether the request carries the signature that `aws4` makes for it, in a header or in its URL. */
function isSigned(request: Request): boolean {
  const url = new URL(request.url);
  const base = { service: "s3", region: "us-east-1", method: request.method, host: request.headers.get("host")! };
  const given = url.searchParams.get("X-Amz-Signature");
  if (given !== null) {
    url.searchParams.delete("X-Amz-Signature");
    const signed = aws4.sign({ ...base, path: url.pathname + url.search, signQuery: true, headers: {} }, S3_KEYS);
    return new URL(signed.path!, url).searchParams.get("X-Amz-Signature") === given;
  }
  const [, names = ""] = /SignedHeaders=([^,]+)/.exec(request.headers.get("authorization") ?? "") ?? [];
  const headers = Object.fromEntries(names.split(";").map((name) => [name, request.headers.get(name) ?? ""]));
  const signed = aws4.sign({ ...base, path: url.pathname + url.search, headers }, S3_KEYS);
  const signatureIn = (text: string) => /Signature=([0-9a-f]+)/.exec(text)?.[1];
  return signatureIn(String(signed.headers!["Authorization"])) === signatureIn(request.headers.get("authorization") ?? "none");
}
