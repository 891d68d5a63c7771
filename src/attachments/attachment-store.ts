/**
 * Attachments: the bytes of files, and the signed URLs by which they come and go. This file is the port; `StoredAttachments` implements it
 * over a place for bytes (`disk.ts`, `s3.ts`, `memory.ts`). Records and owners are in the `Store`: whose a file is, is never decided here.
 */
import type { Attachment, AttachmentCreateParams, AttachmentDraft } from "../protocol/attachments.ts";
import type { Links } from "../protocol/serialize.ts";

/** An image that a model or a tool has made. */
export type MadeImage = {
  /** Later versions of one image have the same id, and replace it. */
  id: string;
  data: Uint8Array;
};

/** Where files go. The first three methods are enough for a store of your own. */
export interface AttachmentStore<C> {
  /** The first step of an upload: returns the record, whose `upload_descriptor` says where the client sends the bytes. */
  createAttachment(input: AttachmentCreateParams, context: C): Promise<AttachmentDraft>;
  /**
   * Also called for attachments whose record is gone.
   * @param modelFile the id that `modelFile` has resolved to, if it has: that copy is to be deleted, too
   */
  deleteAttachment(attachmentId: string, context: C, modelFile?: string): Promise<void>;
  /** The uploaded bytes. @throws NotFoundError */
  read(attachmentId: string, context: C): Promise<{ data: Uint8Array; mime_type: string; name: string }>;
  /** Called before items are sent to the user, for URLs that have to be signed. @default they are sent as they are stored */
  links?(context: C): Promise<Links>;
  /**
   * Called with the attachments that a message names, before it is stored; resolves to them as they are to be stored with it.
   * @throws ChatKitError when one of them cannot be used @default all can
   */
  checkSent?(attachments: Attachment[], context: C): Promise<Attachment[]>;
  /** Stores an image of the model; resolves to its URL as items store it. @default items hold the whole image, as a data URL */
  saveImage?(image: MadeImage, context: C): Promise<string>;
  /**
   * The id of a copy of a large file at the model server, made when it is first asked for and noted as `model_file` in the metadata of
   * the attachment; undefined for a file that is to be sent with each request. @default all are
   */
  modelFile?(attachment: Attachment, context: C): Promise<string | undefined>;
}
