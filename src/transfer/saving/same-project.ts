import { ThreadGone, type HostedApi } from "../hosted/hosted-api.ts";
import { RequestFailure } from "../hosted/request-failure.ts";
import type { Ledger } from "../saved/ledger.ts";
import type { ListedThread } from "../saved/listed-threads.ts";
import { TransferError } from "../transfer-error.ts";

const SOURCE = "source";
/** How many of the saved threads are requested to recognize the project. */
const ASKED = 3;

/** Refuses to mix two projects in one folder: threads that the other one does not list would count as deleted. @throws TransferError */
export function requireSameSource(ledger: Ledger, folder: string, shownUrl: string): void {
  const before = ledger.fact(SOURCE);
  if (before === undefined || before === shownUrl || ledger.get("select 1 from threads") === null) return;
  throw new TransferError(`${folder} holds what ${before} served: save ${shownUrl} into a new folder`, true);
}

/** The same for another key at the same address: none of the saved threads is found, while there are others. @throws TransferError */
export async function requireSameProject(ledger: Ledger, folder: string, api: HostedApi, listed: readonly ListedThread[]): Promise<void> {
  const isKnown = listed.some(({ id }) => ledger.get("select 1 from threads where id = ?", id) !== null);
  if (listed.length > 0 && !isKnown && !(await knowsAny(ledger, api))) {
    throw new TransferError(`${folder} holds another project, of which this key finds no thread: save into a new folder`, true);
  }
  ledger.setFact(SOURCE, api.shownUrl);
}

async function knowsAny(ledger: Ledger, api: HostedApi): Promise<boolean> {
  const sql = "select id from threads where id not like '(unreadable)%' order by gone, pass desc, place limit ?";
  const saved = ledger.all<{ id: string }>(sql, ASKED);
  for (const { id } of saved) {
    try {
      await api.items(id, undefined);
      return true;
    } catch (thrown) {
      // Any other failure does not tell whether the thread is there.
      if (thrown instanceof RequestFailure) return true;
      if (!(thrown instanceof ThreadGone)) throw thrown;
    }
  }
  return saved.length === 0;
}
