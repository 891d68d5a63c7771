/**
 * Middleware: the steps that each request passes before its route, in the order of `../app.ts`. A step lets a request pass, refuses it, or
 * notes something about it; it never answers an operation.
 */
import type { MiddlewareHandler } from "hono";
import type { TrustedProxies } from "../../auth/trusted-proxies.ts";
import { Client } from "../client.ts";
import type { AppEnv } from "../env.ts";

// The id of a proxy is used, so that the two logs can be matched. Other text in its place could forge log lines (CWE-117).
const SANE = /^[\w.-]{1,128}$/;

/** The first step: notes the id of a request and where it comes from, for all later steps. */
export function arrival(proxies: TrustedProxies, inProcess: boolean): MiddlewareHandler<AppEnv> {
  return async function arrival(c, next) {
    const given = c.req.header("x-request-id");
    const id = given !== undefined && SANE.test(given) ? given : `req_${crypto.randomUUID().replaceAll("-", "")}`;
    c.set("requestId", id);
    c.set("client", new Client(c.req.raw, c.env, proxies, inProcess));
    c.set("note", {});
    await next();
    if (!c.get("isComplete")) c.res.headers.set("x-request-id", id);
  };
}
