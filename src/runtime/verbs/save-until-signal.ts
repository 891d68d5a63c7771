import type { SaveRequest } from "../../cli/verbs.ts";
import type { SavedReport } from "../../transfer/saved-report.ts";
import { saveHosted } from "../../transfer/saving/save-hosted.ts";
import { TransferError } from "../../transfer/transfer-error.ts";
import { stopSignals } from "../process/signals.ts";

/** Saves until it is done or a signal comes. After the first signal the folder is closed in order; a second one ends it at once. */
export function saveUntilSignal(request: SaveRequest): Promise<SavedReport> {
  const signals = stopSignals();
  const stop = new AbortController();
  void signals.first.then(() => stop.abort());
  const left = signals.second.then((): never => {
    throw new TransferError(`left at once; run the same command again to go on with ${request.folder}`);
  });
  return Promise.race([saveHosted({ ...request, signal: stop.signal, terminal: process.stderr }), left]);
}
