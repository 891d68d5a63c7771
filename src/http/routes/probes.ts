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
};

/** `livez` answers while the event loop runs. `readyz` and `healthz` answer 200 when requests can be served, else 503 with a reason. */
export function probes({ isDraining, isSchemaPending, ready }: ProbeOptions): Hono<AppEnv> {
  const readiness = async (c: AppContext) => {
    if (isDraining()) return c.json({ status: "draining" }, 503);
    const problem = isSchemaPending() ? { reason: "schema_pending" } : await within(READY_WITHIN_MS, ready());
    return problem ? c.json({ status: "unavailable", ...problem }, 503) : c.json({ status: "ok" });
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
