import type { Asked, Logger } from "./context.ts";

/**
 * What an operator may have to account for later: who was refused, what was decided, what was deleted. Only ids and reasons, never the
 * content of a message. A `reason` is one of a few fixed words, so that entries can be counted by it.
 */
export type AuditEntry =
  | { event: "identity_refused"; reason: string; request_id: string; client_ip?: string | undefined }
  | { event: "limit_hit"; reason: string; request_id: string; user_id?: string | undefined; client_ip?: string | undefined }
  | (Asked & { event: "approval_decided"; approved: boolean; tool: string; call_id: string; thread_id: string })
  | (Asked & { event: "thread_deleted"; thread_id: string })
  | (Asked & { event: "attachment_deleted"; attachment_id: string })
  | { event: "retention_deleted"; threads: number; attachments: number }
  | { event: "attachments_swept"; files: number; records: number };

export type Audit = (entry: AuditEntry) => void;

const PERIOD_MS = 60_000;

/**
 * Writes entries as log lines with `category: "audit"`. Anybody can cause refusals, and many: so of each event and reason the first is
 * written at once, and those after it as one line a minute, with their `count` and the fields of the last.
 */
export function auditTo(logger: Logger, periodMs = PERIOD_MS): Audit {
  const write = (entry: AuditEntry & { count?: number }) => {
    const line = { category: "audit", ...entry };
    if (logger.audit) logger.audit(line, "audit");
    else logger.info(line, "audit");
  };
  const held = new Map<string, { count: number; last: AuditEntry }>();
  const release = (key: string) => {
    const { count, last } = held.get(key)!;
    held.delete(key);
    if (count === 0) return;
    write({ ...last, count });
    hold(key, last);
  };
  const hold = (key: string, last: AuditEntry) => {
    held.set(key, { count: 0, last });
    setTimeout(release, periodMs, key).unref();
  };
  return (entry) => {
    if (!("reason" in entry)) return write(entry);
    const key = `${entry.event} ${entry.reason}`;
    const already = held.get(key);
    if (already) return void held.set(key, { count: already.count + 1, last: entry });
    hold(key, entry);
    write(entry);
  };
}
