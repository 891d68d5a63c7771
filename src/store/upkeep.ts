import type { MigrateOptions, SchemaVersion } from "./migrate.ts";

/** An attachment whose thread is gone: its bytes are to be deleted. */
export type DeletedAttachment = { userId: string; attachmentId: string };

/** What the server's own stores can do beside serving requests: keep to a retention period, across all users. */
export interface Retention {
  /**
   * Deletes up to `limit` threads in which nothing was written since `cutoff`, with all that belongs to them, and answers how many:
   * call it again while it answers any. Unused uploads from before `cutoff` count as attachments of a deleted thread.
   */
  deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number>;
  /** Goes on with deletions whose process has died. A deleted thread is out of reach at once; its rows go a few at a time. */
  finishDeletions(): Promise<void>;
  /** Attachments that no request reaches any more. Delete their bytes, then `forgetAttachments`: dying in between only repeats the work. */
  deletedAttachments(limit: number): Promise<DeletedAttachment[]>;
  forgetAttachments(attachments: DeletedAttachment[]): Promise<void>;
}

/** What a user has stored: rows, and the bytes of their JSON. */
export type Usage = { threads: number; bytes: number };

/** What quotas are counted by. */
export interface Accounting {
  /**
   * Counts the threads of a user, and the bytes that these and their items take: up to `enough` at least, since more need not be known.
   * Undefined: the bytes need not be known. What is counted takes time, and nobody waits for it.
   */
  usage(userId: string, enough: number | undefined): Promise<Usage>;
}

/** A store with a schema of its own. */
export interface Migratable {
  /** Brings the schema up to this version. @throws ChatKitError schema_newer, schema_pending */
  migrate(options?: MigrateOptions): Promise<SchemaVersion[]>;
  /** Every migration, known here or recorded there; changes nothing. */
  schemaVersions(): Promise<SchemaVersion[]>;
}
