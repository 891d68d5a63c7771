import { isRecord } from "../../protocol/json/values.ts";

/** Labels such as `dueDate` and `due_date` as words: Due date. */
function label(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A structured output as Markdown that a person can read. */
export function readable(value: unknown): string {
  if (!isRecord(value)) return plain(value);
  const entries = present(value);
  if (entries.length === 1 && typeof entries[0]![1] === "string") return entries[0]![1];
  return entries.map(([name, part]) => `**${label(name)}:** ${inner(part)}`).join("\n\n");
}

/** The same in one or few lines of plain text. */
export function inLines(value: unknown): string {
  return isRecord(value) ? present(value).map(([name, part]) => `${label(name)}: ${flat(part)}`).join("\n") : flat(value);
}

/** As much of them as a task shows. */
export function brief(value: unknown): string {
  const text = inLines(value);
  return text.length <= 2000 ? text : `${text.slice(0, 2000).toWellFormed()}…`;
}

/** The fields that say something. */
function present(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).filter(([, part]) => part !== null && part !== undefined && part !== "" && !(Array.isArray(part) && part.length === 0));
}

function inner(part: unknown): string {
  if (Array.isArray(part)) return `\n\n${part.map((one) => `- ${isRecord(one) ? flat(one) : plain(one)}`).join("\n")}`;
  return isRecord(part) ? `\n\n${present(part).map(([name, one]) => `- **${label(name)}:** ${flat(one)}`).join("\n")}` : plain(part);
}

function flat(part: unknown): string {
  if (Array.isArray(part)) return part.map(flat).join(", ");
  return isRecord(part) ? present(part).map(([name, one]) => `${label(name)}: ${flat(one)}`).join(", ") : plain(part);
}

function plain(part: unknown): string {
  if (typeof part === "boolean") return part ? "yes" : "no";
  if (Array.isArray(part)) return part.map((one) => `- ${flat(one)}`).join("\n");
  return part === null || part === undefined ? "" : String(part);
}
