import { MemoryBytes } from "../../attachments/memory.ts";
import type { CheckedAgent } from "../../cli/verbs.ts";
import type { Loaded } from "../../config/loaded.ts";
import { thrownInWords } from "../../errors.ts";
import type { Logger, RequestContext } from "../../server/context.ts";
import { RunKeeper } from "../../server/runs/run-keeper.ts";
import { MemoryStore } from "../../store/memory/store.ts";
import { compose } from "../compose.ts";
import { takesFiles } from "../parts/open-attachments.ts";
import { modelWarnings } from "./model-warnings.ts";

/**
 * Loads the agent as `serve` would, with its routes and MCP servers, and closes it again. The store is one in memory: the database is
 * not opened, and nothing is written.
 * @throws ChatKitError config_invalid, with a line for each mistake
 */
export async function checkAgent(loaded: Loaded, library: () => Promise<object>): Promise<CheckedAgent> {
  const warnings: string[] = [];
  const ignore = () => {};
  const warn = (fields: object, message?: string) => void warnings.push(message ?? thrownInWords(fields));
  const logger: Logger = { debug: ignore, info: ignore, warn, error: warn };
  const store = new MemoryStore<RequestContext>();
  const { host, port, publicUrl = `http://${host}:${port}` } = loaded.config;
  const { agent } = await compose({
    loaded,
    store,
    bytes: takesFiles(loaded.config) ? new MemoryBytes() : undefined,
    runs: new RunKeeper(store, logger),
    logger,
    publicUrl,
    isDraining: () => false,
    isSchemaPending: () => false,
    library,
  });
  const models = await agent.models();
  const checked = { describe: await agent.describe(), models, warnings: [...warnings, ...(await modelWarnings(models, loaded.config))] };
  await agent.close();
  return checked;
}
