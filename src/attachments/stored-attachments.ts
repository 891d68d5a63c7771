import { ChatKitError, NotFoundError } from "../errors.ts";
import type { Attachment, AttachmentCreateParams } from "../protocol/attachments.ts";
import type { Links } from "../protocol/serialize.ts";
import { generateId } from "../store/ids.ts";
import type { Store, UserScope } from "../store/store.ts";
import type { AttachmentStore, MadeImage } from "./attachment-store.ts";
import type { ByteStore, StoredBytes } from "./byte-store.ts";
import { dimensionsOf, isImage, isSafeImage, PREVIEW_TYPE, previewOf } from "./images.ts";
import type { ModelFiles } from "./model-files.ts";
import { HEAD_BYTES, realType } from "./real-type.ts";
import { checkStored, followedBy, otherSize, receive, type Received } from "./receive.ts";
import { oneChunk, previewKey, recordOf, uploadedRecord } from "./records.ts";
import { Room } from "./room.ts";
import { SignedUrls, type Grant } from "./signed-urls.ts";
import { Turns } from "./turns.ts";
import { DEFAULT_RULES, mediaType, requireAllowed, requireType, type UploadRules } from "./upload-rules.ts";

type Options<C> = {
  /** Where the records are, and the key that URLs are signed with. */
  store: Store<C>;
  bytes: ByteStore;
  /** The address in every URL. */
  publicUrl: string;
  /** @default `DEFAULT_RULES` */
  rules?: Partial<UploadRules>;
  /** Where large files are put for the model. @default they are sent with each request */
  modelFiles?: ModelFiles | undefined;
  /** Whether clients send bytes to the `uploadUrl` of the bytes' place, past this server. @default false */
  isDirect?: boolean;
  /** In milliseconds since 1970. @default the system's */
  now?: () => number;
};

/** How long a client may send bytes past this server. */
const DIRECT_S = 3600;
/** A file from this size on is sent to the model server once, if it takes files. */
const LARGE_BYTES = 4 * 1024 ** 2;

/** What is uploaded, as it arrives. */
export type Upload = {
  chunks: AsyncIterable<Uint8Array>;
  /** If it is known beforehand. */
  size?: number | undefined;
};
type NamedUpload = Upload & { name: string; type: string };

/** A file to send to whoever has the URL. */
export type Download = { name: string; type: string; isSafe: boolean; version: string; bytes: StoredBytes };

/** Attachments whose bytes this server keeps, receives and sends by itself; see `attachmentRoutes`. */
export class StoredAttachments<C extends UserScope> implements AttachmentStore<C> {
  readonly rules: UploadRules;
  readonly #store: Store<C>;
  readonly #bytes: ByteStore;
  readonly #links: SignedUrls;
  readonly #modelFiles: ModelFiles | undefined;
  readonly #isDirect: boolean;
  /** Of the ends of uploads, and of making previews, by key. */
  readonly #turns = new Turns();
  readonly #room: Room<C>;
  readonly #now: () => number;
  #newest = 0;

  constructor({ store, bytes, publicUrl, rules, modelFiles, isDirect = false, now = Date.now }: Options<C>) {
    this.#modelFiles = modelFiles;
    this.#isDirect = isDirect;
    this.rules = { ...DEFAULT_RULES, ...rules };
    this.#store = store;
    this.#room = new Room(store, this.rules.maxBytesPerUser);
    this.#now = now;
    this.#bytes = bytes;
    this.#links = new SignedUrls({ keys: () => store.signingKeys(), publicUrl, now });
  }

  async createAttachment(params: AttachmentCreateParams, context: C): Promise<Attachment> {
    requireAllowed(this.rules, params);
    const { name, size, mime_type } = params;
    const base = recordOf(generateId("attachment"), name, mime_type);
    const record = { ...base, upload_descriptor: await this.#descriptorOf(base, context), metadata: { size } };
    // The server stores it when it gets it; where room is short, those that come at the same moment have to see it before.
    if (this.rules.maxBytesPerUser !== undefined) await this.#room.save(record, size, context);
    return record;
  }

  async #descriptorOf({ id, mime_type }: Attachment, { userId }: C) {
    const direct = this.#isDirect ? this.#bytes.uploadUrl?.(id, DIRECT_S) : undefined;
    const headers: Record<string, string> = mime_type === "" ? {} : { "content-type": mime_type };
    return { url: direct ?? (await this.#links.upload(userId, id)), method: "PUT" as const, headers };
  }

  async deleteAttachment(attachmentId: string, _context?: C, modelFile?: string): Promise<void> {
    for (const key of [attachmentId, previewKey(attachmentId)]) await this.#bytes.delete(key);
    if (modelFile !== undefined) await this.#modelFiles?.delete(modelFile);
  }

  async read(attachmentId: string, context: C): Promise<{ data: Uint8Array; mime_type: string; name: string }> {
    const { name, mime_type } = await this.#uploaded(attachmentId, context);
    const stored = await this.#bytes.open(attachmentId);
    if (!stored) throw new NotFoundError("attachment", attachmentId);
    return { data: await stored.all(), mime_type, name };
  }

  async saveImage({ id: imageId, data }: MadeImage, context: C): Promise<string> {
    const type = await realType(data.subarray(0, HEAD_BYTES), "application/octet-stream");
    if (!isImage(type)) throw new ChatKitError("unsupported_media_type", { message: `An image is said to be made, but it is ${type}.` });
    const id = `atc_${new Bun.CryptoHasher("sha256").update(`${context.userId}\0${imageId}`).digest("hex").slice(0, 32)}`;
    await this.#bytes.write(id, oneChunk(data));
    await this.#bytes.delete(previewKey(id));
    const record = uploadedRecord(recordOf(id, `image.${type.slice("image/".length)}`, type), { type, size: data.byteLength }, this.#newVersion());
    await this.#store.saveAttachment(record, context);
    return `attachment:${id}#${new Bun.CryptoHasher("md5").update(data).digest("hex").slice(0, 8)}`;
  }

  async modelFile(attachment: Attachment, context: C): Promise<string | undefined> {
    const files = this.#modelFiles;
    if (!files || Number(attachment.metadata?.["size"]) < LARGE_BYTES) return undefined;
    // Not what the message holds, which is as it was when it was sent.
    const { metadata, name, mime_type } = await this.#store.loadAttachment(attachment.id, context);
    if (typeof metadata?.["model_file"] === "string" && metadata["model_server"] === files.server) return metadata["model_file"];
    const { data } = await this.read(attachment.id, context);
    const id = await files.upload({ name, mimeType: mediaType(mime_type), data });
    if (id === undefined) return undefined;
    const noted = { model_file: id, model_server: files.server };
    await this.#store.updateAttachment(attachment.id, (stored) => ({ ...stored, metadata: { ...stored.metadata, ...noted } }), context);
    return id;
  }

  links({ userId }: C): Promise<Links> {
    return this.#links.forUser(userId);
  }

  async checkSent(attachments: Attachment[], context: C): Promise<Attachment[]> {
    const { maxPerMessage } = this.rules;
    if (attachments.length > maxPerMessage) {
      throw new ChatKitError("invalid_request", { message: `A message takes at most ${maxPerMessage} files.` });
    }
    return Promise.all(attachments.map((one) => (one.upload_descriptor ? this.#checkDirect(one, context) : one)));
  }

  /** Looks at bytes that came past this server. What is not what was announced is deleted. @throws ChatKitError */
  async #checkDirect(record: Attachment, context: C): Promise<Attachment> {
    const stored = this.#isDirect ? await this.#bytes.open(record.id) : undefined;
    if (!stored) throw new ChatKitError("invalid_request", { message: `The file ${record.name} has not been uploaded.` });
    try {
      const received = await checkStored(stored, this.#expected(record));
      if (isImage(received.type)) await dimensionsOf(stored, received.type);
      return await this.#store.updateAttachment(record.id, (now) => uploadedRecord(now, received, this.#newVersion()), context);
    } catch (error) {
      if (error instanceof ChatKitError && error.status < 500) await this.deleteAttachment(record.id);
      throw error;
    }
  }

  /** What the signed URL of an attachment allows. @throws ChatKitError forbidden */
  granted(attachmentId: string, token: string): Promise<Grant> {
    return this.#links.granted(attachmentId, token);
  }

  /** Takes the bytes of an attachment that was created. A later upload takes the place of an earlier one, until a message names it. @throws ChatKitError */
  async upload(attachmentId: string, { chunks, size }: Upload, context: C): Promise<Attachment> {
    const version = this.#newVersion();
    const record = await this.#store.loadAttachment(attachmentId, context);
    requireLatest(record, version);
    const expected = this.#expected(record);
    if (size !== undefined && size !== expected.size) throw otherSize(expected.size, size);
    let endTurn = () => {};
    const end = async () => {
      endTurn = await this.#turns.take(attachmentId);
      // Before the bytes of a later upload, or those that a message names, are replaced.
      requireLatest(await this.#store.loadAttachment(attachmentId, context), version);
    };
    try {
      const received = await this.#receive(attachmentId, { chunks: followedBy(chunks, end), ...expected });
      return await this.#store.updateAttachment(attachmentId, (stored) => uploadedRecord(requireLatest(stored, version), received, version), context);
    } catch (error) {
      await this.#afterFailure(record, error, context);
      throw error;
    } finally {
      endTurn();
    }
  }

  /** Nothing of a failed upload stays: no bytes of an attachment that was deleted meanwhile, no record that says there were some. */
  async #afterFailure(record: Attachment, error: unknown, context: C): Promise<void> {
    if (error instanceof NotFoundError) return this.deleteAttachment(record.id);
    if (record.upload_descriptor || (await this.#bytes.open(record.id))) return;
    const upload_descriptor = await this.#descriptorOf(record, context);
    await this.#store.updateAttachment(record.id, (stored) => ({ ...stored, upload_descriptor }), context);
  }

  /** Later ones are greater. */
  #newVersion(): string {
    this.#newest = Math.max(this.#newest + 1, this.#now());
    return this.#newest.toString(36).padStart(9, "0") + Bun.randomUUIDv7("base64url").slice(-4);
  }

  /** Takes a file in one step. @throws ChatKitError */
  async add({ name, type, chunks, size }: NamedUpload, context: C): Promise<Attachment> {
    const claimed = mediaType(type);
    // The size of the body is at least that of the file.
    requireAllowed(this.rules, { name, size: size ?? 1, mime_type: type });
    await this.#room.require(1, context);
    const id = generateId("attachment");
    const received = await this.#receive(id, { chunks, type: claimed });
    try {
      const record = uploadedRecord(recordOf(id, name, type), received, this.#newVersion());
      await this.#room.save(record, received.size, context);
      return record;
    } catch (error) {
      await this.deleteAttachment(id);
      throw error;
    }
  }

  /** The file, or its preview. @throws NotFoundError */
  async open(attachmentId: string, purpose: "file" | "preview", context: C): Promise<Download> {
    const { name, mime_type, metadata } = await this.#uploaded(attachmentId, context);
    const version = String(metadata?.["version"]);
    const preview = purpose === "preview" ? await this.#preview(attachmentId) : undefined;
    if (preview) return { name, type: PREVIEW_TYPE, isSafe: true, version: `${version}p`, bytes: preview };
    const bytes = await this.#bytes.open(attachmentId);
    if (!bytes) throw new NotFoundError("attachment", attachmentId);
    const type = mediaType(mime_type);
    return { name, type, isSafe: isSafeImage(type), version, bytes };
  }

  async #preview(attachmentId: string): Promise<StoredBytes | undefined> {
    const key = previewKey(attachmentId);
    const known = await this.#bytes.open(key);
    if (known) return known;
    // Many may ask for a new one at once, and each decoding takes as much memory as the picture has pixels.
    const endTurn = await this.#turns.take(key);
    try {
      return (await this.#bytes.open(key)) ?? (await this.#makePreview(attachmentId, key));
    } finally {
      endTurn();
    }
  }

  async #makePreview(attachmentId: string, key: string): Promise<StoredBytes | undefined> {
    const whole = await this.#bytes.open(attachmentId);
    const made = whole && (await previewOf(whole));
    if (!made) return undefined;
    await this.#bytes.write(key, oneChunk(made));
    return this.#bytes.open(key);
  }

  async #uploaded(attachmentId: string, context: C): Promise<Attachment> {
    const record = await this.#store.loadAttachment(attachmentId, context);
    if (record.upload_descriptor) throw new NotFoundError("attachment", attachmentId);
    return record;
  }

  /** What was announced. */
  #expected({ metadata, mime_type }: Attachment) {
    return { size: Number(metadata?.["size"]), type: mediaType(mime_type), mostOf: (found: string) => requireType(this.rules, found) };
  }

  async #receive(key: string, { chunks, type, size }: Upload & { type: string }): Promise<Received> {
    const mostOf = (found: string) => requireType(this.rules, found);
    const received = await receive(this.#bytes, key, { type, mostOf, ...(size !== undefined && { size }) }, chunks);
    try {
      // A preview of the upload before this one.
      await this.#bytes.delete(previewKey(key));
      const stored = isImage(received.type) ? await this.#bytes.open(key) : undefined;
      if (stored) await dimensionsOf(stored, received.type);
    } catch (error) {
      await this.deleteAttachment(key);
      throw error;
    }
    return received;
  }
}

/** What the model has read of a file must not change afterwards, and what was uploaded later must not be lost. @throws ChatKitError conflict */
function requireLatest(record: Attachment, version: string): Attachment {
  const { thread_id, name, metadata } = record;
  if (thread_id !== undefined) throw new ChatKitError("conflict", { message: `The file ${name} has been sent with a message already.` });
  if (String(metadata?.["version"] ?? "") <= version) return record;
  throw new ChatKitError("conflict", { message: `The file ${name} has been uploaded anew meanwhile.` });
}
