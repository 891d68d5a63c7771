/** Attachments: the bytes of uploaded files. Their records and owners are never kept here: they are in the `Store`. */
import type { Attachment, AttachmentCreateParams } from "../protocol/attachments.ts";

export interface AttachmentStore<C> {
  /** The first step of an upload: returns the record, whose `upload_descriptor` says where the client sends the bytes. */
  createAttachment(input: AttachmentCreateParams, context: C): Promise<Attachment>;
  deleteAttachment(attachmentId: string, context: C): Promise<void>;
  /** The uploaded bytes. @throws NotFoundError */
  read(attachmentId: string, context: C): Promise<{ data: Uint8Array; mime_type: string; name: string }>;
}
