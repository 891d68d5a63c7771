import { Hono } from "hono";
import { toChatKitError } from "../../errors.ts";
import { StoreUnavailable } from "../../store/unavailable.ts";
import type { AppContext, AppEnv } from "../env.ts";

const READY_WITHIN_MS = 2000;

type ProbeOptions = {
  isDraining: () => boolean;
  isSchemaPending: () => boolean;
  /** Resolves when requests can be served. */
  ready: () => Promise<void>;
  /** The agent's MCP servers by their names. */
  mcpServers: () => Promise<Record<string, "up" | "down">>;
};

/**
 * `livez` answers while the event loop runs. `readyz` and `healthz` answer 200 when requests can be served, else 503 with a reason; with
 * `?verbose` also which MCP servers are up. One that is down is no reason: answers can be given without it.
 */
export function probes({ isDraining, isSchemaPending, ready, mcpServers }: ProbeOptions): Hono<AppEnv> {
  const readiness = async (c: AppContext) => {
    if (isDraining()) return c.json({ status: "draining" }, 503);
    const more = c.req.query("verbose") === undefined ? {} : { mcp_servers: await mcpServers() };
    const problem = isSchemaPending() ? { reason: "schema_pending" } : await within(READY_WITHIN_MS, ready());
    return problem ? c.json({ status: "unavailable", ...problem, ...more }, 503) : c.json({ status: "ok", ...more });
  };
  return new Hono<AppEnv>()
    .get("/livez", (c) => c.json({ status: "ok" }))
    .get("/readyz", readiness)
    .get("/healthz", readiness);
}

type Problem = {
  reason: string;
  /** What is wrong with the store, if that is known. */
  detail?: string;
};

/** The problem, if there is one. A store that does not answer in time is one, too. */
async function within(ms: number, work: Promise<void>): Promise<Problem | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<Problem>((resolve) => (timer = setTimeout(resolve, ms, { reason: "timeout" })));
  try {
    return await Promise.race([work.then(() => undefined), late]);
  } catch (thrown) {
    const { code } = toChatKitError(thrown);
    if (thrown instanceof StoreUnavailable) return { reason: code, detail: thrown.trouble };
    return { reason: code === "internal" ? "store_unavailable" : code };
  } finally {
    clearTimeout(timer);
  }
}
