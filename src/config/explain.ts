import type { Loaded, Origin } from "./loaded.ts";
import { OPTIONS, OPTION_NAMES, fileKey, type Option, type OptionName } from "./options.ts";

/** One option as `check` shows it: a value safe to print, and where it came from. */
export type ExplainedOption = { option: string; value: unknown; origin: Origin; env: string };

export function explain({ config, origins }: Loaded): ExplainedOption[] {
  return OPTION_NAMES.map((name) => ({
    option: fileKey(name),
    value: shown(name, config[name]),
    origin: origins[name],
    env: OPTIONS[name].env,
  }));
}

const MASK = "********";

function shown(name: OptionName, value: unknown): unknown {
  if (value === undefined) return null;
  if ((OPTIONS[name] as Option).secret) return MASK;
  return typeof value === "string" ? maskUrl(value) : value;
}

/** What cannot be read as a value may be an address all the same, with a password in it (CWE-532). */
export const maskRefused = (text: string) => maskUrl(text).replace(/^([\w+.-]*:)(?!\/\/).*@/, `$1${MASK}@`);

/** A URL without its password, which drivers take in the query, too. Text that is no URL stays as it is. */
export function maskUrl(text: string): string {
  if (!text.includes("://")) return text;
  if (!URL.canParse(text)) return text.replace(/\/\/.*@/, `//${MASK}@`);
  const bare = text.replace(/(:\/\/[^/?#]*:)[^/?#]*@/, `$1${MASK}@`);
  return bare.replace(/([?&][^=&#]*(?:pass|secret|token|key)[^=&#]*=)[^&#]+/gi, `$1${MASK}`);
}
