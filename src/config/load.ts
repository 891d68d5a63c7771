import { ChatKitError, toChatKitError } from "../errors.ts";
import { readConfigFile } from "./file.ts";
import type { Environment, Flags, Loaded, Origin, Origins } from "./loaded.ts";
import { maskInText, maskRefused } from "./mask.ts";
import { DEFAULT_LIMITS, LIMIT_NAMES, OPTIONS, OPTION_NAMES, fileKey, flagName, type Config, type Option, type OptionName } from "./options.ts";
import { crossChecks } from "./rules.ts";
import { fileVariable, readSecretFile } from "./secret-file.ts";

/**
 * A flag wins over the environment, the environment over the file, the file over the default. An empty environment variable counts as
 * absent, since that is what `PORT= chatkit-server` and compose files mean by it.
 * @throws ChatKitError config_invalid, with one line for everything that is wrong.
 */
export async function loadConfig(flags: Flags = {}, env: Environment = process.env): Promise<Loaded> {
  const file = await readConfigFile(flags.config ?? (env[OPTIONS.config.env] || undefined));
  const { config, origins, problems, warnings } = readOptions(OPTION_NAMES, flags, env, file.values);
  problems.unshift(...file.problems);
  warnings.unshift(...unknownVariables(env));
  const loaded: Loaded = { config, origins, file: file.path, warnings, environment: env, again: () => loadConfig(flags, env) };
  // Rules that span options only make sense once each of them has a value.
  if (problems.length === 0) crossChecks(loaded, problems);
  if (problems.length > 0) throw new ChatKitError("config_invalid", { message: problems.join("\n") });
  for (const name of LIMIT_NAMES) config[name] ??= config.auth === "none" ? 0 : DEFAULT_LIMITS[name];
  return loaded;
}

/** Reads these options one by one. Those with a problem get no value, and the problem is reported. */
export function readOptions<N extends OptionName>(names: readonly N[], flags: Flags, env: Environment, file: ReadonlyMap<string, string>) {
  const config: Record<string, unknown> = {};
  const origins = {} as Origins;
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    const option: Option = OPTIONS[name];
    const given = find(name, option, flags, env, file);
    origins[name] = given.origin;
    const warn = (problem: string) => warnings.push(`${given.label}: ${problem}`);
    let text: string | undefined;
    try {
      text = given.origin === "secret_file" ? readSecretFile(given.text, warn) : given.text;
      config[name] = text === undefined ? undefined : option.parse(text);
    } catch (thrown) {
      const { message } = toChatKitError(thrown);
      const isTold = text === undefined || message.includes(JSON.stringify(text));
      const shown = isTold ? undefined : shownOf(option, text!);
      const got = shown === undefined ? "" : `, got ${JSON.stringify(shown)}`;
      problems.push(`${given.label}: ${maskInText(message)}${got}`);
    }
  }
  problems.push(...saidTwice(names, env));
  return { config: config as Pick<Config, N>, origins, problems, warnings };
}

/**
 * What an error shows of a value that was refused, if anything. An address without a scheme may be a key or a password alone, which was
 * put in the wrong variable; and of any other address the path is left out, since keys are in paths, too.
 */
function shownOf({ secret, parse }: Option, text: string): string | undefined {
  if (secret || (parse.isAddress && !/^[a-z+]{1,12}:/i.test(text))) return undefined;
  const masked = maskRefused(text);
  return parse.isAddress ? masked.replace(/^([^:]+:\/*[^/?#]*\/)[^/].*$/s, "$1…") : masked;
}

type Given = { origin: Exclude<Origin, "secret_file">; text: string | undefined; label: string } | { origin: "secret_file"; text: string; label: string };

function find(name: OptionName, option: Option, flags: Flags, env: Environment, file: ReadonlyMap<string, string>): Given {
  const flag = flags[name];
  if (flag !== undefined) return { origin: "flag", text: flag, label: flagName(name) };
  const variable = env[option.env];
  if (variable) return { origin: "environment", text: variable, label: option.env };
  const label = fileVariable(option);
  const path = label && env[label];
  if (path) return { origin: "secret_file", text: path, label };
  const entry = file.get(fileKey(name));
  if (entry !== undefined) return { origin: "file", text: entry, label: fileKey(name) };
  return { origin: "default", text: option.fallback, label: name };
}

/** Secrets that are given in a variable and in a file as well: one of the two may be out of date, and nothing tells which. */
function saidTwice(names: readonly OptionName[], env: Environment): string[] {
  const pairs = names.map((name): Option => OPTIONS[name]).map((option) => [option.env, fileVariable(option)] as const);
  return pairs.filter(([variable, file]) => file && env[variable] && env[file]).map(([variable, file]) => `${variable} and ${file} are both set: give one of the two`);
}

/** Warnings, not errors: for a service called chatkit Kubernetes sets `CHATKIT_SERVICE_HOST` and the like. */
function unknownVariables(env: Environment): string[] {
  const options = Object.values<Option>(OPTIONS);
  const known = new Set(options.flatMap((option) => [option.env, fileVariable(option)]));
  const inNoFile = new Set(options.map((option) => `${option.env}_FILE`));
  const unknown = Object.keys(env).filter((key) => !known.has(key) && (key.startsWith("CHATKIT_") || inNoFile.has(key)));
  return unknown.map((key) => (inNoFile.has(key) ? `${key} has no effect: only secrets can be in files of their own` : `${key} is no option of this server and has no effect`));
}
