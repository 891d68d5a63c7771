import { ChatKitError } from "../errors.ts";
import type { Attachment } from "../protocol/attachments.ts";
import type { Store, UserScope } from "../store/store.ts";
import { Turns } from "./turns.ts";

/** What all files of a user may take, those that are announced included. */
export class Room<C extends UserScope> {
  readonly #store: Store<C>;
  readonly #maxBytes: number | undefined;
  readonly #turns = new Turns();

  /** @param maxBytes undefined for any size */
  constructor(store: Store<C>, maxBytes: number | undefined) {
    this.#store = store;
    this.#maxBytes = maxBytes;
  }

  /** @throws ChatKitError quota_exceeded when there is no room for so many bytes more */
  async require(bytes: number, context: C): Promise<void> {
    if (this.#maxBytes === undefined || (await this.#store.attachmentBytes(context)) + bytes <= this.#maxBytes) return;
    const message = "There is no room for more files: delete some that are no longer needed.";
    throw new ChatKitError("quota_exceeded", { message, reason: "attachments_quota" });
  }

  /** Stores the record of a file of that size, if there is room for it. @throws ChatKitError quota_exceeded */
  async save(record: Attachment, bytes: number, context: C): Promise<void> {
    if (this.#maxBytes === undefined) return this.#store.saveAttachment(record, context);
    const endTurn = await this.#turns.take(context.userId);
    try {
      await this.require(bytes, context);
      await this.#store.saveAttachment(record, context);
      // Another process may have done the same at the same time: both see it now.
      await this.require(0, context).catch(async (error: unknown) => {
        await this.#store.deleteAttachment(record.id, context);
        throw error;
      });
    } finally {
      endTurn();
    }
  }
}
