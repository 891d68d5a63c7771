import type { Loaded, Origin } from "./loaded.ts";
import { MASK, maskUrl } from "./mask.ts";
import { OPTIONS, OPTION_NAMES, fileKey, type Option, type OptionName } from "./options.ts";

export { maskUrl } from "./mask.ts";

/** One option as `check` shows it: a value safe to print, times and sizes with their units, and where it came from. */
export type ExplainedOption = { option: string; value: unknown; origin: Origin; env: string };

export function explain({ config, origins }: Loaded): ExplainedOption[] {
  return OPTION_NAMES.map((name) => ({
    option: fileKey(name),
    value: shown(name, config[name]),
    origin: origins[name],
    env: OPTIONS[name].env,
  }));
}

function shown(name: OptionName, value: unknown): unknown {
  if (value === undefined) return null;
  const { secret, parse }: Option = OPTIONS[name];
  if (secret) return MASK;
  if (typeof value === "number" && parse.inUnits) return parse.inUnits(value);
  return typeof value === "string" ? maskUrl(value) : value;
}
