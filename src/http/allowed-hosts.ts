import { isIP } from "node:net";
import { ChatKitError } from "../errors.ts";
import { labelPattern } from "./label-pattern.ts";

const LABELS = "[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*";
/** An IPv6 address in brackets, or a name, which may end with the dot of the DNS root; either may have a port. */
const HOST = new RegExp(`^(?:\\[([0-9a-f:.]+)(?:%[\\w.~-]+)?\\]|(${LABELS})\\.?)(?::\\d{1,5})?$`, "i");
const NAME = new RegExp(`^(?:\\*\\.)?${LABELS}$`);

/**
 * The names under which the server may be called. A hostile page can point its own domain at the address of this machine, and the
 * browser then treats the server as part of the page's site (DNS rebinding, CWE-350). But the `Host` header still has the page's
 * domain, and that cannot be an address or `localhost`: so those are always allowed, and names only when they are listed.
 */
export class AllowedHosts {
  readonly #patterns: readonly RegExp[];
  /** The last host that was allowed: nearly every request has the same. */
  #last: string | undefined;

  /** @param names such as `chat.example.com`, `chatkit` or `*.example.com`. @throws ChatKitError config_invalid for anything else */
  constructor(names: readonly string[]) {
    this.#patterns = names.map(patternOf);
  }

  /** A request without a host is allowed: some load balancers send none, while every browser does. */
  has(host: string | null): boolean {
    if (host === null || host === "" || host === this.#last) return true;
    const isAllowed = this.#isAllowed(host);
    if (isAllowed) this.#last = host;
    return isAllowed;
  }

  #isAllowed(host: string): boolean {
    const [, ipv6, name] = HOST.exec(host) ?? [];
    if (ipv6 !== undefined) return isIP(ipv6) === 6;
    if (name === undefined) return false;
    const lower = name.toLowerCase();
    return lower === "localhost" || lower.endsWith(".localhost") || isIPv4(lower) || this.#patterns.some((pattern) => pattern.test(lower));
  }
}

/** Also short forms such as 127.1, which browsers and curl expand: a host that ends in a number is never looked up in DNS. */
function isIPv4(name: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name) && isIP(URL.parse(`http://${name}/`)?.hostname ?? "") === 4;
}

/** Nothing for what a URL parser would leave out: a port, a path or a user. */
function hostnameOf(entry: string): string {
  return /[\s/:@?#\\]/.test(entry) ? "" : (URL.parse(`http://${entry}/`)?.hostname ?? "");
}

function patternOf(entry: string): RegExp {
  // As browsers send it: in lower case, with Punycode for characters beyond ASCII.
  const name = /^\p{ASCII}*$/u.test(entry) ? entry.toLowerCase() : hostnameOf(entry);
  const pattern = NAME.test(name) || isIP(entry.replace(/^\[(.*)\]$/, "$1")) > 0 ? labelPattern(name) : undefined;
  if (pattern) return pattern;
  throw new ChatKitError("config_invalid", {
    message: `expected names of hosts without a port, such as chat.example.com or *.example.com; ${JSON.stringify(entry)} is none`,
  });
}
