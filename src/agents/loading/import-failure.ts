import { ChatKitError } from "../../errors.ts";

type Position = { file?: string; line?: number; column?: number; lineText?: string };
/** The fields read here of the errors that Bun throws when it cannot parse or resolve a module. */
type BunMessage = { message: string; position?: Position | null; specifier?: string; referrer?: string };

/** Turns what `import()` of a module threw into one error whose message says where: `file:line:column: what`. */
export async function importFailure(path: string, thrown: unknown): Promise<ChatKitError> {
  const found = thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown];
  const lines = await Promise.all(found.map((error) => describe(path, error)));
  return new ChatKitError("config_invalid", { message: lines.join("\n"), cause: thrown });
}

async function describe(path: string, thrown: unknown): Promise<string> {
  const error = (typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) }) as BunMessage;
  if (error.specifier !== undefined) return unresolved(path, error.specifier, error.referrer);
  if (error.position?.file) {
    const { file, line, column, lineText } = error.position;
    return `${file}:${line}:${column}: ${error.message}${lineText ? `\n    ${lineText.trim()}` : ""}`;
  }
  const missing = /^Export named '(.+)' not found in module '(.+)'/.exec(error.message);
  if (missing) return `${await lineOf(path, missing[2] ?? "")}: "${missing[2]}" has no export named "${missing[1]}".`;
  return `${thrownAt(path, thrown)}: ${error.message}`;
}

async function unresolved(path: string, specifier: string, referrer: string | undefined): Promise<string> {
  const where = await lineOf(referrer ?? path, specifier);
  if (/^[./]/.test(specifier)) return `${where}: there is no file "${specifier}".`;
  return `${where}: there is no package "${specifier}": it is not part of this program, and not in a node_modules folder beside the file.`;
}

/** `file:line` of an import. Bun gives no line for an import that fails, so it is the first one with the specifier in quotes. */
async function lineOf(file: string, specifier: string): Promise<string> {
  const text = await Bun.file(file).text().catch(() => "");
  const index = text.split("\n").findIndex((line) => line.includes(`"${specifier}"`) || line.includes(`'${specifier}'`));
  return index < 0 ? file : `${file}:${index + 1}`;
}

/** The first place in the stack trace that is inside the module's folder. */
function thrownAt(path: string, thrown: unknown): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const places = [...stack.matchAll(/\(?((?:\/|[A-Z]:\\)[^()\n]+?:\d+:\d+)\)?$/gm)].map((match) => match[1] ?? "");
  return places.find((place) => place.startsWith(folder)) ?? path;
}
