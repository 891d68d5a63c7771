import type { MigrateOptions, SchemaVersion } from "./migrate.ts";

/** An attachment whose bytes are to be deleted, because its thread is gone. */
export type DeletedAttachment = { userId: string; attachmentId: string };

/** Deleting by age, across all users, and finishing deletions. The server calls it beside its requests. */
export interface Retention {
  /**
   * Deletes up to `limit` threads in which nothing was written since `cutoff`, with all that belongs to them. Resolves to their number:
   * call it again until that is 0. Uploads from before `cutoff` that no message uses are marked as deleted, too.
   */
  deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number>;
  /** Continues deletions whose process has died: a deleted thread cannot be read any more, but its rows are deleted in small batches. */
  finishDeletions(): Promise<void>;
  /** Attachments marked as deleted. Delete their bytes first and then call `forgetAttachments`: a crash in between only repeats work. */
  deletedAttachments(limit: number): Promise<DeletedAttachment[]>;
  forgetAttachments(attachments: DeletedAttachment[]): Promise<void>;
}

/** How much a user has stored: threads, and the bytes of the JSON of threads and items. */
export type Usage = { threads: number; bytes: number };

/** The counting that quotas need. */
export interface Accounting {
  /**
   * Counts what a user has stored. May be slow, so no request waits for it.
   * @param enough counting of bytes may stop there; undefined when only the number of threads is needed
   */
  usage(userId: string, enough: number | undefined): Promise<Usage>;
}

/** A store whose database has a schema to migrate. */
export interface Migratable {
  /** Brings the schema up to this version. @throws ChatKitError schema_newer, schema_pending */
  migrate(options?: MigrateOptions): Promise<SchemaVersion[]>;
  /** All migrations, those of this version and those recorded in the database. Changes nothing. */
  schemaVersions(): Promise<SchemaVersion[]>;
}
