import type { Logger, RequestContext } from "../../server/context.ts";
import type { RunKeeper } from "../../server/runs/run-keeper.ts";

type Keeper = RunKeeper<RequestContext>;

/** Closes the runs of dead processes. Never throws. */
export async function recover(keeper: Keeper, logger: Logger): Promise<void> {
  try {
    const runs = await keeper.recover();
    if (runs > 0) logger.info({ runs }, "closed answers that a dead process left open");
  } catch (err) {
    // The next round tries again. If the store is away, requests report it themselves.
    logger.warn({ err }, "could not look for answers that a dead process left open");
  }
}

/** Three times in a lease: often enough to close the run of a dead process within two leases after its death. The first has to run out. */
export function recoverPeriodically(keeper: Keeper, leaseMs: number, logger: Logger, isPending: () => boolean): () => void {
  const timer = setInterval(() => isPending() || void recover(keeper, logger), leaseMs / 3);
  return () => clearInterval(timer);
}
