import { Hono } from "hono";
import { toChatKitError } from "../../errors.ts";
import type { AppContext, AppEnv } from "../env.ts";

const READY_WITHIN_MS = 2000;

type ProbeOptions = {
  isDraining: () => boolean;
  isSchemaPending: () => boolean;
  /** Resolves when requests can be served. */
  ready: () => Promise<void>;
};

/** `livez`: the loop turns. `readyz`, `healthz`: requests can be served; 503 with a reason when not. */
export function probes({ isDraining, isSchemaPending, ready }: ProbeOptions): Hono<AppEnv> {
  const readiness = async (c: AppContext) => {
    if (isDraining()) return c.json({ status: "draining" }, 503);
    const problem = isSchemaPending() ? "schema_pending" : await within(READY_WITHIN_MS, ready());
    return problem === undefined ? c.json({ status: "ok" }) : c.json({ status: "unavailable", reason: problem }, 503);
  };
  return new Hono<AppEnv>()
    .get("/livez", (c) => c.json({ status: "ok" }))
    .get("/readyz", readiness)
    .get("/healthz", readiness);
}

/** The code of what went wrong, or undefined. A store that hangs is not ready either. */
async function within(ms: number, work: Promise<void>): Promise<string | undefined> {
  let timer: Timer | undefined;
  const late = new Promise<string>((resolve) => (timer = setTimeout(resolve, ms, "timeout")));
  try {
    return await Promise.race([work.then(() => undefined), late]);
  } catch (thrown) {
    const { code } = toChatKitError(thrown);
    return code === "internal" ? "store_unavailable" : code;
  } finally {
    clearTimeout(timer);
  }
}
