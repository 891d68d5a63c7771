import { z } from "zod";
import { lenientInteger } from "./integer.ts";
import { maybe, record } from "./maybe.ts";

/** An absolute URL, normalised as by `URL`. */
const url = z.string().transform((value, check) => {
  const parsed = URL.parse(value);
  if (!parsed) check.addIssue({ code: "custom", message: "Invalid URL" });
  return parsed?.href ?? z.NEVER;
});

const uploadDescriptor = z.object({
  url,
  method: z.enum(["POST", "PUT"]),
  headers: z.record(z.string(), z.string()).default({}),
});

const base = {
  id: z.string(),
  name: z.string(),
  mime_type: z.string(),
  /** Present until the bytes have been uploaded. */
  upload_descriptor: maybe(uploadDescriptor),
  /** Set when a message with the attachment is stored. */
  thread_id: maybe(z.string()),
  /** For the server's own use; never sent to a client. */
  metadata: maybe(record),
};

const fileAttachment = z.object({ type: z.literal("file"), ...base });
const imageAttachment = z.object({ type: z.literal("image"), ...base, preview_url: url });
export const attachment = z.discriminatedUnion("type", [fileAttachment, imageAttachment]);
export const attachmentCreateParams = z.object({ name: z.string(), size: lenientInteger, mime_type: z.string() });

export type UploadDescriptor = z.infer<typeof uploadDescriptor>;
export type FileAttachment = z.infer<typeof fileAttachment>;
export type ImageAttachment = z.infer<typeof imageAttachment>;
export type Attachment = z.infer<typeof attachment>;
/** An attachment as a hook may write it: fields that have a default may be missing. */
export type AttachmentDraft = z.input<typeof attachment>;
export type AttachmentCreateParams = z.infer<typeof attachmentCreateParams>;
