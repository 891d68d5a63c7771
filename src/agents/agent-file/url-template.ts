import { ChatKitError } from "../../errors.ts";

type Arguments = Record<string, unknown>;

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** How often an argument is decoded to check it: a server that decodes it more often than this is not protected. */
const MOST_DECODINGS = 4;

/** The URL of an HTTP tool, filled with a model's arguments. They cannot lead to any path other than the one of the template. */
export class UrlTemplate {
  /** The names of all placeholders. */
  readonly names: ReadonlySet<string>;
  readonly #text: string;
  readonly #inPath: ReadonlySet<string>;
  readonly #query: ReadonlySet<string>;
  readonly #withSlashes: ReadonlySet<string>;

  /**
   * @param withSlashes placeholders of the path whose value may contain slashes; no part between two slashes may be empty or dots
   * @param where gives the place of a field in the file, for errors
   * @throws ChatKitError config_invalid when a placeholder could change the host
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

  /** Whether the template has that query field already: a second one could win over it, as servers differ in which they use (CWE-235). */
  fixes(name: string): boolean {
    return this.#query.has(name.toLowerCase());
  }

  /** The filled URL, or a sentence for the model that says why there is none. */
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
 * What makes a value unfit for the path (CWE-22). The server that is called may decode it again, and an empty part, dots or a slash
 * would then lead to another path than the template's.
 */
function pathProblem(value: string, slashes: boolean): string | undefined {
  const read = decoded(value).normalize("NFKC");
  // U+FFFD stands for bytes that are not UTF-8.
  if (/[\u0000-\u001f\u007f\ufffd]/.test(read)) return "control characters";
  const parts = read.split(/[/\\]/);
  if (parts.length > 1 && !slashes) return "slashes";
  // Some servers ignore what follows a semicolon.
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

/** The host must be the same whatever the arguments are. Compared after parsing, since a host can be written in many ways. */
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
