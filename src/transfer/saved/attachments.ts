import { existsSync } from "node:fs";
import { attachmentPath, type SavedPaths } from "./folder.ts";
import type { Ledger } from "./ledger.ts";

type AttachmentState = "saved" | "lost" | "without_address";
export type AttachmentRow = {
  id: string;
  thread: string;
  item: string | null;
  state: AttachmentState;
  reason: string | null;
  sha256: string | null;
  bytes: number | null;
  media_type: string | null;
};

export function hasAttachment(ledger: Ledger, paths: SavedPaths, id: string): boolean {
  const row = ledger.get<{ sha256: string | null }>("select sha256 from attachments where id = ? and state = 'saved'", id);
  return row?.sha256 ? existsSync(attachmentPath(paths, row.sha256).file) : false;
}

export function noteAttachment(ledger: Ledger, row: AttachmentRow): void {
  ledger.run(
    `insert into attachments (id, thread, item, state, reason, sha256, bytes, media_type) values (?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (id) do update set state = excluded.state, reason = excluded.reason, sha256 = excluded.sha256, bytes = excluded.bytes,
      media_type = excluded.media_type`,
    ...[row.id, row.thread, row.item, row.state, row.reason, row.sha256, row.bytes, row.media_type],
  );
}
