import type { Attachment, ComposerOption, FileUploadStrategy } from "@openai/chatkit";
import type { Connection } from "../client/connection.ts";
import { upload } from "../client/upload.ts";
import { DEFAULT_MAX_COUNT, refusalOf, type Refusal } from "./accept.ts";

/** A file of the next message: being uploaded, uploaded, or failed. */
export type Upload = {
  key: number;
  name: string;
  type: string;
  /** From 0 to 1. */
  progress: number;
  attachment?: Attachment;
  isFailed?: true;
  /** URL of the picture on this machine, until the server has a preview. */
  preview?: string;
};

type UploadPorts = {
  connection: Connection;
  strategy: FileUploadStrategy;
  rules: NonNullable<ComposerOption["attachments"]>;
  changed: () => void;
  refused: (file: { name: string; count: number }, why: Refusal | "tooMany" | "uploadFailed", error?: unknown) => void;
};

let keys = 0;

/** The files of the next message. */
export class Uploads {
  list: readonly Upload[] = [];
  readonly #aborts = new Map<number, AbortController>();

  constructor(private readonly ports: () => UploadPorts) {}

  get isBusy(): boolean {
    return this.list.some(({ attachment, isFailed }) => !attachment && !isFailed);
  }

  get attachments(): Attachment[] {
    return this.list.flatMap(({ attachment }) => (attachment ? [attachment] : []));
  }

  /** Adds attachments that the server has already. */
  put(attachments: readonly Attachment[]): void {
    this.clear();
    this.#set(attachments.map((attachment) => ({ key: ++keys, name: attachment.name, type: attachment.mime_type, progress: 1, attachment })));
  }

  async add(files: Iterable<File>): Promise<void> {
    const { rules, refused } = this.ports();
    const { maxCount = DEFAULT_MAX_COUNT } = rules;
    await Promise.all(
      [...files].map((file) => {
        const why = this.list.length >= maxCount ? "tooMany" : refusalOf(file, rules);
        return why ? refused({ name: file.name, count: maxCount }, why) : this.#upload(file);
      }),
    );
  }

  remove(key: number): void {
    const { attachment } = this.list.find((one) => one.key === key) ?? {};
    this.#aborts.get(key)?.abort();
    this.#drop([key]);
    // Otherwise the server would keep it until its next clean-up.
    if (attachment) void this.ports().connection.ask("attachments.delete", { attachment_id: attachment.id }).catch(() => {});
  }

  /** Call when the message was sent. */
  clear(): void {
    for (const abort of this.#aborts.values()) abort.abort();
    this.#drop(this.list.map(({ key }) => key));
  }

  async #upload(file: File): Promise<void> {
    const { connection, strategy, refused } = this.ports();
    const key = ++keys;
    const abort = new AbortController();
    this.#aborts.set(key, abort);
    const preview = file.type.startsWith("image/") ? { preview: URL.createObjectURL(file) } : {};
    this.#set([...this.list, { key, name: file.name, type: file.type, progress: 0, ...preview }]);
    try {
      const attachment = await upload(connection, strategy, file, (progress) => this.#change(key, { progress }), abort.signal);
      this.#change(key, { attachment, progress: 1 });
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#change(key, { isFailed: true });
      refused({ name: file.name, count: 0 }, "uploadFailed", error);
    } finally {
      this.#aborts.delete(key);
    }
  }

  #change(key: number, change: Partial<Upload>): void {
    this.#set(this.list.map((one) => (one.key === key ? { ...one, ...change } : one)));
  }

  #drop(keys: number[]): void {
    for (const { key, preview } of this.list) if (preview && keys.includes(key)) URL.revokeObjectURL(preview);
    this.#set(this.list.filter(({ key }) => !keys.includes(key)));
  }

  #set(list: readonly Upload[]): void {
    this.list = list;
    this.ports().changed();
  }
}
