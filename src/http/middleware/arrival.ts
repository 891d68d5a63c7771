/**
 * Middleware: steps that each request passes before its route; their order stands in `../app.ts`. A step lets a request pass, refuses it,
 * or notes something about it; it never answers an operation.
 */
import type { MiddlewareHandler } from "hono";
import type { TrustedProxies } from "../../auth/trusted-proxies.ts";
import { Client } from "../client.ts";
import type { AppEnv } from "../env.ts";

// A proxy's id is taken over so that logs can be joined; what does not look like one could forge log lines (CWE-117).
const SANE = /^[\w.-]{1,128}$/;

/** Notes what every later step may want to know of a request: its id, and where it comes from. */
export function arrival(proxies: TrustedProxies, inProcess: boolean): MiddlewareHandler<AppEnv> {
  return async function arrival(c, next) {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && SANE.test(given) ? given : `req_${crypto.randomUUID().replaceAll("-", "")}`;
    c.set("requestId", id);
    c.set("client", new Client(c.req.raw, c.env, proxies, inProcess));
    await next();
    if (!c.get("operation")) c.res.headers.set("x-request-id", id);
  };
}
