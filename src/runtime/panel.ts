import { explain } from "../config/explain.ts";
import type { Loaded } from "../config/loaded.ts";
import type { PanelOptions } from "../http/routes/panel.ts";
import { isPageOn } from "./compose.ts";
import { KeptLines } from "./parts/kept-lines.ts";

/**
 * The chat page's panel for developers, where the page is on. Of several processes each would have a token of its own, so there is one
 * only with a token from the configuration.
 */
export function panelOf(loaded: Loaded, worker: number | undefined): { panel: PanelOptions; lines: KeptLines } | undefined {
  const { config } = loaded;
  const { adminToken } = config;
  if (!isPageOn(config) || (worker !== undefined && adminToken === undefined)) return undefined;
  const lines = new KeptLines();
  const token = adminToken ?? crypto.randomUUID().replaceAll("-", "");
  return { lines, panel: { token, isForProxies: adminToken !== undefined, log: (after) => lines.after(after), config: () => explain(loaded) } };
}
