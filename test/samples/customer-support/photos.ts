import {
  generateId,
  NotFoundError,
  RequestError,
  type Attachment,
  type AttachmentCreateParams,
  type AttachmentStore,
  type Ports,
  type RequestContext,
} from "chatkit-server";

const MAX_BYTES = 512 * 1024;

/** Photos in memory: images only, uploaded to a route of our own, shown from the record itself. */
export class Photos implements AttachmentStore<RequestContext> {
  readonly #bytes = new Map<string, Uint8Array>();

  constructor(private readonly ports: Ports) {}

  async createAttachment({ name, size, mime_type }: AttachmentCreateParams): Promise<Attachment> {
    if (!mime_type.startsWith("image/")) throw new RequestError("Only images, please.", { status: 415 });
    if (size > MAX_BYTES) throw new RequestError("That photo is too large.", { status: 413 });
    const id = generateId("attachment");
    const url = `${this.ports.publicUrl}/support/photos/${id}`;
    return { id, name, mime_type, type: "image", preview_url: url, upload_descriptor: { url, method: "POST", headers: {} } };
  }

  /** The second phase of an upload. @throws NotFoundError for a photo that nobody announced */
  async upload(id: string, data: Uint8Array, context: RequestContext): Promise<Attachment> {
    if (data.byteLength > MAX_BYTES) throw new RequestError("That photo is too large.", { status: 413 });
    const { upload_descriptor: _, ...photo } = await this.ports.store.loadAttachment(id, context);
    const preview_url = `data:${photo.mime_type};base64,${data.toBase64()}`;
    const uploaded = { ...photo, type: "image" as const, preview_url };
    this.#bytes.set(id, data);
    await this.ports.store.saveAttachment(uploaded, context);
    return uploaded;
  }

  async read(id: string, context: RequestContext) {
    const { name, mime_type } = await this.ports.store.loadAttachment(id, context);
    const data = this.#bytes.get(id);
    if (!data) throw new NotFoundError("attachment", id);
    return { data, mime_type, name };
  }

  async deleteAttachment(id: string): Promise<void> {
    this.#bytes.delete(id);
  }
}
