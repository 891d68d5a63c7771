import type { ByteStore } from "../../attachments/byte-store.ts";
import { sweep } from "../../attachments/sweep.ts";
import { auditTo } from "../../server/audit.ts";
import type { Logger } from "../../server/context.ts";
import type { OpenStore } from "../parts/open-store.ts";
import { ownerContext } from "./retention.ts";

type SweepsOptions = {
  store: OpenStore;
  bytes: ByteStore | undefined;
  logger: Logger;
  isPaused: () => boolean;
};

const FIRST_MS = 60_000;
const PERIOD_MS = 86_400_000;

/** Sweeps the files soon after the start and then once a day; see `sweep`. Returns a function that ends it. */
export function keepSwept({ store, bytes, logger, isPaused }: SweepsOptions): () => void {
  const { knownAttachments, attachmentsAfter, deleteUnusedAttachments } = store;
  if (!bytes || !knownAttachments || !attachmentsAfter || !deleteUnusedAttachments) return () => {};
  const known = store as OpenStore & Required<Pick<OpenStore, "knownAttachments" | "attachmentsAfter" | "deleteUnusedAttachments">>;
  let timer: Timer;
  let isStopped = false;
  const look = async () => {
    try {
      if (!isPaused()) await once(known, bytes, logger, () => isStopped);
    } catch (err) {
      logger.warn({ err }, "the files could not be swept; it is tried again tomorrow");
    }
    if (!isStopped) next(PERIOD_MS);
  };
  // At random times, since processes that were started together would all do it at once.
  const next = (ms: number) => (timer = setTimeout(() => void look(), ms * (0.5 + Math.random())));
  next(FIRST_MS);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

type Known = Parameters<typeof sweep>[0]["store"] & OpenStore;

async function once(store: Known, bytes: ByteStore, logger: Logger, isStopped: () => boolean): Promise<void> {
  const forget: Parameters<typeof sweep>[0]["forget"] = ({ userId, attachment }) => store.deleteAttachment(attachment.id, ownerContext(userId));
  const { files, records } = await sweep({ store, bytes, forget, now: Date.now(), isStopped });
  if (files + records > 0) auditTo(logger)({ event: "attachments_swept", files, records });
}
