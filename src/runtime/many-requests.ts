import type { Environment, Loaded } from "../config/loaded.ts";

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** The most that Bun takes. */
const MAX_REQUESTS = "65535";

/**
 * The environment under which a process may have more than 256 requests of its own under way: Bun's limit, past which the 257th
 * answer would wait for the model until another one ends. It counts only when a process is started with it.
 */
export function forManyRequests(environment: Environment): Environment {
  return { [VARIABLE]: MAX_REQUESTS, ...environment };
}

/**
 * Starts this program anew in its own place, the same process, unless it was started for many requests. That takes some 20 ms, which
 * the demo model, who asks nobody, need not pay for.
 */
export function allowManyRequests({ config, environment }: Pick<Loaded, "config" | "environment">): void {
  const asksNobody = config.agent === undefined && config.openaiApiKey === undefined && config.openaiBaseUrl === undefined;
  if (asksNobody || environment[VARIABLE] !== undefined || typeof process.execve !== "function") return;
  const variables = Object.entries(forManyRequests(environment)).filter((entry): entry is [string, string] => entry[1] !== undefined);
  process.execve(process.execPath, [...thisProgram(), ...process.argv.slice(2)], Object.fromEntries(variables));
}

/** The command that runs this program, without its arguments. */
export function thisProgram(): string[] {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return isCompiled ? [process.execPath] : [process.execPath, ...process.execArgv, Bun.main];
}
