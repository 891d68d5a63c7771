import { ChatKitError } from "../errors.ts";
import { readOptions } from "./load.ts";
import type { Environment } from "./loaded.ts";

export const OPENAI_URL = "https://api.openai.com/v1";
const NO_FILE: ReadonlyMap<string, string> = new Map();

/**
 * The key and the address of OpenAI's API, for a verb that needs nothing else: the configuration file is not read.
 * @throws ChatKitError config_invalid, with a message that does not show the key
 */
export function openaiAccess(env: Environment = process.env): { apiKey: string; baseUrl: string; warnings: string[] } {
  const { config, problems, warnings } = readOptions(["openaiApiKey", "openaiBaseUrl"], {}, env, NO_FILE);
  // Keys are often pasted with a line break at the end.
  const apiKey = config.openaiApiKey?.trim() ?? "";
  if (problems.length === 0 && apiKey === "") problems.push("OPENAI_API_KEY is not set: it is the key of the project");
  if (!/^[\x21-\x7e]*$/.test(apiKey)) problems.push("OPENAI_API_KEY is no key: it holds spaces, or letters that no key has");
  if (problems.length > 0) throw new ChatKitError("config_invalid", { message: problems.join("; ") });
  return { apiKey, baseUrl: config.openaiBaseUrl ?? OPENAI_URL, warnings };
}
