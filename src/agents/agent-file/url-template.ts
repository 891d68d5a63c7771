import { ChatKitError } from "../../errors.ts";

type Arguments = Record<string, unknown>;

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Who decodes an argument more often than this is not stopped here. */
const MOST_DECODINGS = 4;

/** The address of an HTTP tool, filled in from what a model wrote: it names a place under the template's path and nothing else. */
export class UrlTemplate {
  /** All arguments that it takes. */
  readonly names: ReadonlySet<string>;
  readonly #text: string;
  readonly #inPath: ReadonlySet<string>;
  readonly #query: ReadonlySet<string>;
  readonly #withSlashes: ReadonlySet<string>;

  /**
   * @param withSlashes arguments of the path that may hold slashes; each part between them has to name something
   * @param where the place of a field in the file, for errors
   * @throws ChatKitError config_invalid when an argument could decide the host
   */
  constructor(text: string, withSlashes: readonly string[], where: (field: "url" | "slashes_in") => string) {
    requireFixedHost(text, where("url"));
    this.#text = text;
    this.names = namesIn(text);
    this.#inPath = namesIn(/^[^?#]*/.exec(text)![0]);
    this.#query = new Set([...filledWith(text, "x")!.searchParams.keys()].map((name) => name.toLowerCase()));
    this.#withSlashes = new Set(withSlashes);
    const stranger = withSlashes.find((name) => !this.#inPath.has(name));
    if (stranger !== undefined) throw invalid(where("slashes_in"), `the path of the url has no {${stranger}}`);
  }

  /** Whether the template itself says what that field of the query is: servers differ in which of two they believe (CWE-235). */
  fixes(name: string): boolean {
    return this.#query.has(name.toLowerCase());
  }

  /** The address, or in words for the model why there is none. */
  fill(given: Arguments): URL | string {
    const valueOf = (name: string) => (Object.hasOwn(given, name) ? asText(given[name] ?? "") : "");
    for (const name of this.#inPath) {
      const problem = pathProblem(valueOf(name), this.#withSlashes.has(name));
      if (problem) return `The argument ${name} does not fit: ${problem} are not allowed there.`;
    }
    const url = new URL(this.#text.replace(PLACEHOLDER, (_all, name: string) => encodeURIComponent(valueOf(name).toWellFormed())));
    return segments(url) === segments(filledWith(this.#text, "x")!) ? url : "The arguments do not make an address: dots are not allowed there.";
  }
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Why a value may not be part of a path (CWE-22): a server behind may decode it once more, and an empty part, dots or a slash would
 * then lead to another place than the template names.
 */
function pathProblem(value: string, slashes: boolean): string | undefined {
  const read = decoded(value).normalize("NFKC");
  // The last of these stands for bytes that are no text.
  if (/[\u0000-\u001f\u007f\ufffd]/.test(read)) return "control characters";
  const parts = read.split(/[/\\]/);
  if (parts.length > 1 && !slashes) return "slashes";
  // Some servers cut a part off at a semicolon before they look at it.
  return parts.some((part) => /^[\s.]*(;|$)/.test(part)) ? "an empty text and dots" : undefined;
}

function decoded(value: string): string {
  let text = value;
  for (let i = 0; i < MOST_DECODINGS && text.includes("%"); i++) text = text.replace(/(?:%[0-9a-f]{2})+/gi, decodedBytes);
  return text;
}

function decodedBytes(encoded: string): string {
  return Buffer.from(encoded.replaceAll("%", ""), "hex").toString("utf8");
}

/** A URL is read in too many ways to look for its host in the text: two addresses of the template have to have the same one. */
function requireFixedHost(template: string, where: string): void {
  const [one, other] = [filledWith(template, "x"), filledWith(template, "y")];
  if (!one || !other || !/^https?:$/.test(one.protocol)) throw invalid(where, "the url is not an http(s) address");
  const isFixed = (["protocol", "username", "password", "host"] as const).every((part) => one[part] === other[part]);
  if (!isFixed) throw invalid(where, "the host of the url must not have placeholders");
}

function invalid(where: string, message: string): ChatKitError {
  return new ChatKitError("config_invalid", { message: `${where}: ${message}.` });
}

function namesIn(text: string): Set<string> {
  return new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name!));
}

function filledWith(template: string, value: string): URL | null {
  return URL.parse(template.replace(PLACEHOLDER, value));
}

function segments({ pathname }: URL): number {
  return pathname.split("/").length;
}
