import type { ComposerOption } from "@openai/chatkit";

type Rules = NonNullable<ComposerOption["attachments"]>;
/** What is wrong with a file that the page's options refuse. */
export type Refusal = "wrongType" | "tooLarge";

const DEFAULT_MAX_BYTES = 100 * 1024 ** 2;
export const DEFAULT_MAX_COUNT = 10;

/** Why a file may not be attached; undefined when it may. */
export function refusalOf(file: Pick<File, "name" | "type" | "size">, rules: Rules): Refusal | undefined {
  if (rules.accept && !Object.entries(rules.accept).some(([type, endings]) => fits(file, type, endings))) return "wrongType";
  return file.size > maxBytes(file.type, rules.maxSize) ? "tooLarge" : undefined;
}

/** For the `accept` of a file input. */
export function acceptList({ accept = {} }: Rules): string {
  return Object.entries(accept).flatMap(([type, endings]) => [type, ...endings]).join(",");
}

function fits({ name, type: actual }: Pick<File, "name" | "type">, type: string, endings: string[]): boolean {
  if (isOfType(actual, type)) return endings.length === 0 || actual !== "" || hasEnding(name, endings);
  // Browsers do not know the type of many file extensions, so the extension counts, too.
  return hasEnding(name, endings);
}

const hasEnding = (name: string, endings: string[]) => endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));

function isOfType(actual: string, pattern: string): boolean {
  if (pattern === "*" || pattern === "*/*") return true;
  return pattern.endsWith("/*") ? actual.startsWith(pattern.slice(0, -1)) : actual === pattern;
}

/** The limit for an exact type comes before that for a pattern such as `image/*`. */
function maxBytes(type: string, maxSize: Rules["maxSize"]): number {
  if (typeof maxSize === "number") return maxSize;
  if (!maxSize) return DEFAULT_MAX_BYTES;
  const kind = Object.keys(maxSize).find((pattern) => pattern.endsWith("/*") && isOfType(type, pattern));
  return maxSize[type] ?? (kind === undefined ? undefined : maxSize[kind]) ?? maxSize["*"] ?? maxSize[""] ?? DEFAULT_MAX_BYTES;
}
