import { ChatKitError } from "../errors.ts";
import { labelPattern } from "./label-pattern.ts";

/** Pages of these schemes have the origin `null`, like every sandboxed frame, so allowing one would allow all. */
const WITHOUT_ORIGIN = /^(?:file|data|blob|about|javascript):/;
/** An origin with an app's own scheme, such as `capacitor://localhost`. Browsers send it, though to URL parsers it has no origin. */
const APP_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d{1,5})?$/;

/** The origins of the pages that may call the server. */
export class AllowedOrigins {
  /** Whether every page may call: `*` is listed. */
  readonly any: boolean;
  readonly #patterns: readonly RegExp[];

  /**
   * @param entries `https://example.com`, `https://*.example.com`, `capacitor://localhost` or `*`
   * @throws ChatKitError config_invalid for an entry that no browser would ever send, which would match nothing or more than was meant
   */
  constructor(entries: readonly string[]) {
    this.any = entries.includes("*");
    this.#patterns = entries.filter((entry) => entry !== "*").map(patternOf);
  }

  has(origin: string): boolean {
    return this.any || this.#patterns.some((pattern) => pattern.test(origin));
  }
}

function patternOf(entry: string): RegExp {
  const pattern = isOrigin(entry) ? labelPattern(entry) : undefined;
  if (pattern) return pattern;
  const examples = "https://example.com, https://*.example.com or capacitor://localhost, or *";
  throw new ChatKitError("config_invalid", { message: `expected origins such as ${examples}; ${JSON.stringify(entry)} is none` });
}

/** Entries are compared with the Origin header as text: with a path, a trailing slash or a default port they would never match. */
function isOrigin(entry: string): boolean {
  if (!/^https?:/.test(entry)) return APP_ORIGIN.test(entry) && !WITHOUT_ORIGIN.test(entry);
  const example = entry.replace("://*.", "://any.");
  return URL.canParse(example) && new URL(example).origin === example;
}
