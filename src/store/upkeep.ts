import type { Attachment } from "../protocol/attachments.ts";
import type { ThreadItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { MigrateOptions, SchemaVersion } from "./migrate.ts";

/** An attachment whose bytes are to be deleted, because no message names it any more. */
export type DeletedAttachment = {
  userId: string;
  attachmentId: string;
  /** The id of its copy at the model server, if it has one. */
  modelFile?: string;
};
export type OwnedAttachment = { userId: string; attachment: Attachment };

/** Deleting by age, across all users, and finishing deletions. The server calls it beside its requests. */
export interface Retention {
  /**
   * Deletes up to `limit` threads in which nothing was written since `cutoff`, with all that belongs to them. Resolves to their number:
   * call it again until that is 0. Uploads from before `cutoff` that no message uses are marked as deleted, too.
   */
  deleteThreadsOlderThan(cutoff: Date, limit: number): Promise<number>;
  /** Marks uploads from before `cutoff` as deleted that no message uses. */
  deleteUnusedAttachments(cutoff: Date): Promise<void>;
  /** Continues deletions whose process has died: a deleted thread cannot be read any more, but its rows are deleted in small batches. */
  finishDeletions(): Promise<void>;
  /** Attachments marked as deleted. Delete their bytes first and then call `forgetAttachments`: a crash in between only repeats work. */
  deletedAttachments(limit: number): Promise<DeletedAttachment[]>;
  forgetAttachments(attachments: DeletedAttachment[]): Promise<void>;
  /** Which of these ids are those of an attachment, whoever owns it. */
  knownAttachments(ids: string[]): Promise<string[]>;
  /** The attachments of all users, by their ids, from the one after `after` on; without those that are marked as deleted. */
  attachmentsAfter(after: string, limit: number): Promise<OwnedAttachment[]>;
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

/** A thread as it is moved from one store to another. Threads are in the order of their users, and of each user in their own. */
export type MovedThread = {
  userId: string;
  thread: ThreadMetadata;
  /** When it was last written to, in milliseconds since 1970. */
  updatedAt: number;
  position: number;
  /** The state of a run that waits for a person, as `saveRunState` took it. */
  runState?: string | undefined;
};
export type MovedThreads = MovedThread[];
/** A thread and items of it on their way into a store. */
export type MovingThread = { thread: Omit<MovedThread, "position">; items: readonly ThreadItem[] };
export type WhichThreads = { userId?: string | undefined; /** Written to from then on, in milliseconds since 1970. */ since?: number | undefined };

/** Whole conversations of all users in and out, for what moves them and for what a person may ask to have or to have deleted. */
export interface Movable {
  threadsAfter(after: MovedThread | null, limit: number, which: WhichThreads): Promise<MovedThreads>;
  /** The JSON of a thread's items from after a position on, each with its position; none when there are no more. */
  itemsAfter(userId: string, threadId: string, after: number, limit: number): Promise<{ json: string; position: number }[]>;
  /**
   * Adds threads in this order, each at most once, and to each items behind those that it has. What is there already is replaced and
   * keeps its place.
   */
  moveIn(threads: readonly MovingThread[]): Promise<void>;
  /** Deletes all threads of a user and marks all attachments as deleted, in small batches; resolves to the number of threads. */
  deleteUser(userId: string): Promise<number>;
}

/** A store whose database has a schema to migrate. */
export interface Migratable {
  /** Brings the schema up to this version. @throws ChatKitError schema_newer, schema_pending */
  migrate(options?: MigrateOptions): Promise<SchemaVersion[]>;
  /** All migrations, those of this version and those recorded in the database. Changes nothing. */
  schemaVersions(): Promise<SchemaVersion[]>;
}
