import { ChatKitError } from "../../errors.ts";
import type { Logger } from "../../server/context.ts";
import type { AllowedOrigins } from "../allowed-origins.ts";
import { Throttle } from "../throttle.ts";
import type { Check } from "./checks.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const MAX_SHOWN = 200;

/** Logs a refused origin, for an operator who wonders why a page gets no answer. */
export type RefusedOrigins = (origin: string) => void;

export function refusedOrigins(logger: Logger): RefusedOrigins {
  const throttle = new Throttle();
  return (origin) => {
    const shown = origin.slice(0, MAX_SHOWN);
    if (throttle.allows(shown)) logger.warn({ origin: shown }, "refused: a page of an origin that is not in cors_origins");
  };
}

/**
 * Refuses requests from pages of other sites that would change something: the browser sends them with the visitor's cookies and from
 * inside the visitor's network (CWE-352). Clients that are not browsers send neither `Sec-Fetch-Site` nor `Origin`, and pass.
 */
export function crossSite(allowed: AllowedOrigins, publicUrl: string | undefined, refused: RefusedOrigins): Check {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const isWelcome = (headers: Headers, origin: string | null): boolean => {
    const site = headers.get("sec-fetch-site");
    if (site === "same-origin" || site === "none") return true;
    if (origin === null) return site === null;
    if (allowed.has(origin)) return true;
    // Without Sec-Fetch-Site, which older browsers do not send and no browser sends over plain http, origin and host are compared.
    return site === null && (origin === publicOrigin || isOf(headers.get("host"), origin));
  };
  return function crossSite(c) {
    const { headers, method } = c.req.raw;
    const origin = headers.get("origin");
    if (isWelcome(headers, origin)) return;
    if (origin !== null) refused(origin);
    if (SAFE_METHODS.has(method)) return;
    throw new ChatKitError("forbidden", { message: "Pages of other sites may not call, unless cors_origins lists them.", reason: "cross_site" });
  };
}

/** Whether the origin has that host. Its scheme may differ from ours, since TLS may end at a proxy. */
function isOf(host: string | null, origin: string): boolean {
  const page = URL.parse(origin);
  if (page?.origin !== origin || host === null || !/^[\w.:[\]-]+$/.test(host)) return false;
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}
