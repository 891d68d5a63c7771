import { ChatKitError, toChatKitError } from "../errors.ts";
import { maskRefused } from "./explain.ts";
import { readConfigFile } from "./file.ts";
import type { Environment, Flags, Loaded, Origins } from "./loaded.ts";
import { OPTIONS, OPTION_NAMES, fileKey, flagName, type Config, type Option, type OptionName } from "./options.ts";
import { crossChecks } from "./rules.ts";

/**
 * Flags before environment before file before defaults. An empty environment variable counts as absent, since that is
 * what `PORT= chatkit-server` and compose files mean by it.
 * @throws ChatKitError config_invalid, with one line for everything that is wrong.
 */
export async function loadConfig(flags: Flags = {}, env: Environment = process.env): Promise<Loaded> {
  const file = await readConfigFile(flags.config ?? (env[OPTIONS.config.env] || undefined));
  const problems: string[] = [...file.problems];
  const config: Record<string, unknown> = {};
  const origins = {} as Origins;
  for (const name of OPTION_NAMES) {
    const option: Option = OPTIONS[name];
    const given = find(name, option, flags, env, file.values);
    origins[name] = given.origin;
    try {
      config[name] = given.text === undefined ? undefined : option.parse(given.text);
    } catch (thrown) {
      const shown = option.secret || given.text === undefined ? "" : `, got ${JSON.stringify(maskRefused(given.text))}`;
      problems.push(`${given.label}: ${toChatKitError(thrown).message}${shown}`);
    }
  }
  const loaded: Loaded = { config: config as Config, origins, file: file.path, warnings: unknownVariables(env), environment: env };
  // Rules that span options only make sense once each of them has a value.
  if (problems.length === 0) crossChecks(loaded, problems);
  if (problems.length > 0) throw new ChatKitError("config_invalid", { message: problems.join("\n") });
  return loaded;
}

function find(name: OptionName, option: Option, flags: Flags, env: Environment, file: ReadonlyMap<string, string>) {
  const flag = flags[name];
  if (flag !== undefined) return { origin: "flag" as const, text: flag, label: flagName(name) };
  const variable = env[option.env];
  if (variable) return { origin: "environment" as const, text: variable, label: option.env };
  const entry = file.get(fileKey(name));
  if (entry !== undefined) return { origin: "file" as const, text: entry, label: fileKey(name) };
  return { origin: "default" as const, text: option.fallback, label: name };
}

/** A warning, not an error: Kubernetes puts `CHATKIT_SERVICE_HOST` and its like beside a service that is called chatkit. */
function unknownVariables(env: Environment): string[] {
  const known = new Set<string>(OPTION_NAMES.map((name) => OPTIONS[name].env));
  return Object.keys(env)
    .filter((key) => key.startsWith("CHATKIT_") && !known.has(key))
    .map((key) => `${key} is no option of this server and has no effect`);
}
