import { secretsIn } from "./mask.ts";
import { OPTIONS, OPTION_NAMES, type Config, type Option } from "./options.ts";

/** In characters. Shorter secrets would also be masked in words that only contain them. */
const SHORTEST = 8;

/** The secret values in force, with those inside addresses: none of them may be logged. */
export function secretsOf(config: Config): string[] {
  const values = OPTION_NAMES.flatMap((name) => secretsOfOption(OPTIONS[name], config[name]));
  return [...new Set(values)].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function secretsOfOption({ secret }: Option, value: unknown): string[] {
  if (typeof value !== "string") return [];
  return secret ? [value] : secretsIn(value);
}
