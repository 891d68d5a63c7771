import { secretsIn } from "./mask.ts";
import { OPTIONS, OPTION_NAMES, type Config, type Option } from "./options.ts";

/** Shorter ones would be found in innocent words. */
const SHORTEST = 8;

/** The secret values in force, those within addresses included: what must not be written anywhere. */
export function secretsOf(config: Config): string[] {
  const values = OPTION_NAMES.flatMap((name) => secretsOfOption(OPTIONS[name], config[name]));
  return [...new Set(values)].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function secretsOfOption({ secret }: Option, value: unknown): string[] {
  if (typeof value !== "string") return [];
  return secret ? [value] : secretsIn(value);
}
