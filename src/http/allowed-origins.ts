import { ChatKitError } from "../errors.ts";
import { labelPattern } from "./label-pattern.ts";

/** Their pages have the origin `null`, as every sandboxed frame of anybody has. */
const WITHOUT_ORIGIN = /^(?:file|data|blob|about|javascript):/;
/** Of an app's own scheme, such as `capacitor://localhost`: URL parsers give it no origin, browsers do. */
const APP_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d{1,5})?$/;

/** The origins whose pages may call. */
export class AllowedOrigins {
  /** Whether every page may. */
  readonly any: boolean;
  readonly #patterns: readonly RegExp[];

  /**
   * @param entries `https://example.com`, `https://*.example.com`, `capacitor://localhost` or `*`
   * @throws ChatKitError config_invalid for what no browser would ever send: it would match nothing, or more than it seems to
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

/** Compared byte by byte with the Origin header: a path, a trailing slash or a default port would never match. */
function isOrigin(entry: string): boolean {
  if (!/^https?:/.test(entry)) return APP_ORIGIN.test(entry) && !WITHOUT_ORIGIN.test(entry);
  const example = entry.replace("://*.", "://any.");
  return URL.canParse(example) && new URL(example).origin === example;
}
