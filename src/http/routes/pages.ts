import { Hono, type MiddlewareHandler } from "hono";
import { ChatKitError } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import type { AppContext, AppEnv } from "../env.ts";

/** A file for the browser, as it is sent. */
export type BrowserFile = { type: string; gzip: Uint8Array<ArrayBuffer>; etag: string };

export type PagesOptions = {
  /** The file of that name, such as `chatkit.js`; undefined when there is none. What it needs is loaded when first asked. */
  file: (name: string) => Promise<BrowserFile | undefined>;
  /** Whether `/` is the chat page; otherwise it is a plain page that says how to switch it on. */
  isOn: boolean;
  /** Options of the element that are this server's own: what its agent can be asked, whether it takes files. */
  options: object;
  /** Where else files are sent to and read from: a bucket that the page uses directly. */
  fileOrigins?: readonly string[];
  /** Origins whose pages may show `/embed` in a frame. */
  frameOrigins: readonly string[];
};

const FOREVER = "public, max-age=31536000, immutable";
/** For pages of any origin: there is nothing secret in the code. */
const FOR_ALL = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src {style}; connect-src {connect}; img-src {connect} data: blob: https:; media-src 'self' blob:; font-src 'self' data: https:; base-uri 'none'; form-action 'none'";

/** The element, in `/chatkit.js`, the chat page and the page for frames: static files, which need no identity. */
export function pages({ file, isOn, options, fileOrigins = [], frameOrigins }: PagesOptions, isTaken: (path: string) => boolean): Hono<AppEnv> {
  const send = async (c: AppContext, name: string, headers: Record<string, string>) => {
    const found = await file(name);
    if (!found) throw new ChatKitError("not_found");
    return respond(c, found, headers);
  };
  const page = (path: string, name: string, frames: string): [string, MiddlewareHandler<AppEnv>] => [
    path,
    async (c, next) => {
      // A route of the agent module for the same path is the one that its author wants.
      if (isTaken(path)) return next();
      const policy = PAGE_POLICY.replace("{style}", styleHash(await file(name))).replaceAll("{connect}", ["'self'", ...fileOrigins].join(" "));
      return send(c, name, { "content-security-policy": `${policy}; frame-ancestors ${frames}` });
    },
  ];
  return new Hono<AppEnv>()
    .get(...page("/", isOn ? "page.html" : "off.html", "'none'"))
    .get(...page("/embed", "embed.html", ["'self'", ...frameOrigins].join(" ")))
    .get("/chatkit.js", (c) => send(c, "chatkit.js", FOR_ALL))
    // The same file, which names all others by their content: a page that names the version has it for as long as it wants.
    .get(`/chatkit.${VERSION}.js`, (c) => send(c, "chatkit.js", { ...FOR_ALL, "cache-control": FOREVER }))
    // One route for both: Hono's fast router takes no fixed name beside a parameter, and the slow one would serve every request.
    .get("/chatkit-ui/:name", async (c) => {
      const name = c.req.param("name");
      if (name === "options.json") return c.json(options, 200, { "cache-control": "no-cache" });
      return await send(c, `chatkit-ui/${name}`, { ...FOR_ALL, "cache-control": FOREVER });
    });
}

function respond(c: AppContext, { type, gzip, etag }: BrowserFile, headers: Record<string, string>): Response {
  const all = { "cache-control": "no-cache", ...headers, etag, vary: "accept-encoding" };
  const isKnown = c.req.header("if-none-match")?.split(/\s*,\s*/).some((tag) => tag.replace(/^W\//, "") === etag);
  if (isKnown) return new Response(null, { status: 304, headers: all });
  const isGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(c.req.header("accept-encoding") ?? "");
  const body = isGzip ? gzip : Bun.gunzipSync(gzip);
  return new Response(body, { headers: { ...all, "content-type": type, ...(isGzip && { "content-encoding": "gzip" }) } });
}

/** Lets the styles in the page count, and no others. */
function styleHash(page: BrowserFile | undefined): string {
  const style = page && /<style>(.*?)<\/style>/s.exec(new TextDecoder().decode(Bun.gunzipSync(page.gzip)))?.[1];
  return style === undefined ? "'none'" : `'sha256-${new Bun.CryptoHasher("sha256").update(style).digest("base64")}'`;
}
