import type { Logger, RequestContext } from "../server/context.ts";
import type { RunKeeper } from "../server/run-keeper.ts";

type Keeper = RunKeeper<RequestContext>;

/** Closes what dead processes left open. */
export async function recover(keeper: Keeper, logger: Logger): Promise<void> {
  try {
    const runs = await keeper.recover();
    if (runs > 0) logger.info({ runs }, "closed answers that a dead process left open");
  } catch (err) {
    // The next round tries again; requests say for themselves what is wrong with the store.
    logger.warn({ err }, "could not look for answers that a dead process left open");
  }
}

/** Looks often enough that a run whose process has died is closed within two leases: one of them has to run out first. */
export function recoverPeriodically(keeper: Keeper, leaseMs: number, logger: Logger, isPending: () => boolean): () => void {
  const timer = setInterval(() => isPending() || void recover(keeper, logger), leaseMs / 2);
  return () => clearInterval(timer);
}
