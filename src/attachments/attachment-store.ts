import type { Attachment, AttachmentCreateParams } from "../protocol/attachments.ts";

/** Where the bytes of attachments live; their records are the `Store`'s. */
export interface AttachmentStore<C> {
  /** First phase of an upload: answers the record with its `upload_descriptor`. */
  createAttachment(input: AttachmentCreateParams, context: C): Promise<Attachment>;
  deleteAttachment(attachmentId: string, context: C): Promise<void>;
  /** The uploaded bytes. @throws NotFoundError */
  read(attachmentId: string, context: C): Promise<{ data: Uint8Array; mime_type: string; name: string }>;
}
