import { readFileSync } from "node:fs";
import { ChatKitError } from "../errors.ts";
import { readFoundFile } from "./found-file.ts";
import { OPTIONS, OPTION_NAMES, fileKey, type Option } from "./options.ts";

const DEFAULT_FILE = "chatkit.yaml";

/** The values of the file, as text for the parsers of the options, and what is wrong with the file. */
type ConfigFile = { path: string | undefined; values: ReadonlyMap<string, string>; problems: string[] };

const KEYS = OPTION_NAMES.filter((name) => !(OPTIONS[name] as Option).notInFile).map(fileKey);

/**
 * Reads the file that was named, or else `chatkit.yaml` in the working directory when there is one.
 * @throws ChatKitError config_invalid when a named file cannot be read, or the found one cannot be trusted (see `readFoundFile`)
 */
export async function readConfigFile(named: string | undefined): Promise<ConfigFile> {
  const path = named ?? DEFAULT_FILE;
  const text = named === undefined ? readFoundFile(path) : read(path);
  if (text === undefined) return { path: undefined, values: new Map(), problems: [] };
  // Loaded only when there is a file: most starts have none.
  const { parseDocument, LineCounter, isMap } = await import("yaml");
  const lines = new LineCounter();
  // Without prettyErrors, which quote the offending line: it may hold a secret. Some messages quote it behind a colon, and are cut there.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const at = (offset: number | undefined) => `${path}${offset === undefined ? "" : `:${lines.linePos(offset).line}`}`;
  const broken = document.errors[0];
  if (broken) return { path, values: new Map(), problems: [`${at(broken.pos[0])}: not valid YAML: ${broken.message.split(":", 1)[0]}`] };
  if (document.contents === null) return { path, values: new Map(), problems: [] };
  if (!isMap(document.contents)) return { path, values: new Map(), problems: [`${path}: expected options, one \`key: value\` a line`] };

  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const { key, value } of document.contents.items) {
    const node = key as { toJSON(): unknown; range?: [number, number, number] };
    const name = String(node.toJSON());
    const where = at(node.range?.[0]);
    const given = scalar((value as { toJSON(): unknown } | null)?.toJSON());
    if (!KEYS.includes(name)) problems.push(`${where}: ${unknownKey(name)}; the keys are ${KEYS.join(", ")}`);
    else if (given === undefined) problems.push(`${where}: ${name}: expected one value, a list of them, or names with what they mean`);
    else values.set(name, given);
  }
  return { path, values, problems };
}

/** To YAML a line without a colon is a key as a whole, with the value in it. */
function unknownKey(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? `unknown key ${JSON.stringify(name)}` : "a key that is more than a name: is a colon missing?";
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new ChatKitError("config_invalid", { message: `${path}: the configuration file cannot be read`, cause });
  }
}

function scalar(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const entries = value.map(scalar);
    return entries.includes(undefined) ? undefined : entries.join(",");
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([name, meant]) => (typeof meant === "string" ? `${name}=${meant}` : undefined));
    return entries.includes(undefined) ? undefined : entries.join(",");
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
