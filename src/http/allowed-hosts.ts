import { isIP } from "node:net";
import { ChatKitError } from "../errors.ts";
import { labelPattern } from "./label-pattern.ts";

const LABELS = "[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*";
/** An IPv6 literal, or a name with or without the dot of the root, and a port. */
const HOST = new RegExp(`^(?:\\[([0-9a-f:.]+)(?:%[\\w.~-]+)?\\]|(${LABELS})\\.?)(?::\\d{1,5})?$`, "i");
const NAME = new RegExp(`^(?:\\*\\.)?${LABELS}$`);

/**
 * The names under which a server may be called. A page can give its own name the address of any machine, this one included, and the
 * browser then takes both for the same site (DNS rebinding, CWE-350); but the name stays in the `Host` header. It cannot be an
 * address, and none that browsers keep for this machine.
 */
export class AllowedHosts {
  readonly #patterns: readonly RegExp[];
  /** Nearly every request says the same. */
  #last: string | undefined;

  /** @param names such as `chat.example.com`, `chatkit` or `*.example.com`. @throws ChatKitError config_invalid for what is none */
  constructor(names: readonly string[]) {
    this.#patterns = names.map(patternOf);
  }

  /** Without a name nobody's is wrong: load balancers and HTTP/1.0 send none, and every browser does. */
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

/** Also in the short forms that browsers and curl write out, such as 127.1: whatever ends in a number is never looked up. */
function isIPv4(name: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(name) && isIP(URL.parse(`http://${name}/`)?.hostname ?? "") === 4;
}

function patternOf(entry: string): RegExp {
  // In the form that browsers send it: lower case, and Punycode for what is not ASCII.
  const name = /^[\x21-\x7e]*$/.test(entry) ? entry.toLowerCase() : (URL.parse(`http://${entry}/`)?.hostname ?? "");
  const pattern = NAME.test(name) || isIP(entry.replace(/^\[(.*)\]$/, "$1")) > 0 ? labelPattern(name) : undefined;
  if (pattern) return pattern;
  throw new ChatKitError("config_invalid", {
    message: `expected names of hosts without a port, such as chat.example.com or *.example.com; ${JSON.stringify(entry)} is none`,
  });
}
