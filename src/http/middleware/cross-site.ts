import { ChatKitError } from "../../errors.ts";
import type { Logger } from "../../server/context.ts";
import type { AllowedOrigins } from "../allowed-origins.ts";
import { Throttle } from "../throttle.ts";
import type { Check } from "./checks.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const MAX_SHOWN = 200;

/** Names refused origins in the log, where whoever wonders why a page gets no answer will look. */
export type RefusedOrigins = (origin: string) => void;

export function refusedOrigins(logger: Logger): RefusedOrigins {
  const throttle = new Throttle();
  return (origin) => {
    const shown = origin.slice(0, MAX_SHOWN);
    if (throttle.allows(shown)) logger.warn({ origin: shown }, "refused: a page of an origin that is not in cors_origins");
  };
}

/**
 * Refuses what pages of other sites ask for where it would change something: a browser sends their forms along with the cookies, and
 * from within the network, of whoever looks at them (CWE-352). What is no browser names no site and no origin, and passes.
 */
export function crossSite(allowed: AllowedOrigins, publicUrl: string | undefined, refused: RefusedOrigins): Check {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const isWelcome = (headers: Headers, origin: string | null): boolean => {
    const site = headers.get("sec-fetch-site");
    if (site === "same-origin" || site === "none") return true;
    if (origin === null) return site === null;
    if (allowed.has(origin)) return true;
    // Browsers that do not say how the two are related: older ones, and all of them on plain http in a network.
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

/** Whether a page of that origin came from that host. The scheme may differ: TLS ends at a proxy. */
function isOf(host: string | null, origin: string): boolean {
  const page = URL.parse(origin);
  if (page?.origin !== origin || host === null || !/^[\w.:[\]-]+$/.test(host)) return false;
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}
