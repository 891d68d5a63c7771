import type { Environment, Loaded } from "../../config/loaded.ts";

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
/** The highest value that Bun accepts. */
const MAX_REQUESTS = "65535";

/**
 * The environment for a process that makes more than 256 outgoing requests at a time. That is Bun's default limit: the 257th answer
 * would wait for its model until another one ends. The variable only has an effect when the process is started with it.
 */
export function forManyRequests(environment: Environment): Environment {
  return { [VARIABLE]: MAX_REQUESTS, ...environment };
}

/**
 * Replaces this process by the same program with that variable set (`execve`), unless it is set already. That takes some 20 ms, so it is
 * left out for the demo model, which makes no requests.
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
