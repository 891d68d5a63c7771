import { describe, expect, test } from "bun:test";
import type { Attachment } from "../../src/protocol/attachments.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { ThreadMetadata } from "../../src/protocol/thread.ts";
import { BaseStore } from "../../src/store/base-store.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Order, UserScope } from "../../src/store/store.ts";
import { addTexts, savedThread, someone, textsOf } from "./rows.ts";
import { changeTests } from "./suite/changes.ts";
import { isolationTests } from "./suite/isolation.ts";
import { itemTests } from "./suite/items.ts";
import { runTests } from "./suite/runs.ts";
import { clientToolTests, retryTests } from "./suite/turns.ts";

/** A store of one's own, with nothing but the SDK's primitive methods. */
class OwnStore extends BaseStore<UserScope> {
  readonly #rows = new MemoryStore();

  loadThread = (threadId: string, context: UserScope) => this.#rows.loadThread(threadId, context);
  saveThread = async (thread: ThreadMetadata, context: UserScope) => {
    this.runs.require(thread.id, context);
    await this.#rows.saveThread(thread, { userId: context.userId });
  };
  loadThreads = (limit: number, after: string | null, order: Order, context: UserScope) => this.#rows.loadThreads(limit, after, order, context);
  deleteThread = async (threadId: string, context: UserScope) => {
    this.runs.require(threadId, context);
    await this.#rows.deleteThread(threadId, { userId: context.userId });
    this.runs.forget(threadId, context);
  };
  loadThreadItems = (threadId: string, after: string | null, limit: number, order: Order, context: UserScope) =>
    this.#rows.loadThreadItems(threadId, after, limit, order, context);
  addThreadItem = async (threadId: string, item: ThreadItem, context: UserScope) => {
    this.runs.require(threadId, context);
    await this.#rows.addThreadItem(threadId, item, { userId: context.userId });
  };
  loadItem = (threadId: string, itemId: string, context: UserScope) => this.#rows.loadItem(threadId, itemId, context);
  deleteThreadItem = async (threadId: string, itemId: string, context: UserScope) => {
    this.runs.require(threadId, context);
    await this.#rows.deleteThreadItem(threadId, itemId, { userId: context.userId });
    this.runs.forgetItem(threadId, itemId, context);
  };
  saveAttachment = async (attachment: Attachment, context: UserScope) => {
    if (context.run) this.runs.require(context.run.threadId, context);
    await this.#rows.saveAttachment(attachment, { userId: context.userId });
  };
  loadAttachment = (attachmentId: string, context: UserScope) => this.#rows.loadAttachment(attachmentId, context);
  deleteAttachment = (attachmentId: string, context: UserScope) => this.#rows.deleteAttachment(attachmentId, context);
}

describe("a store of one's own", () => {
  const own = new OwnStore();
  // The suites below use no retention, the one thing that a store of one's own does not have.
  const store = () => own as never;
  itemTests(store);
  clientToolTests(store);
  retryTests(store);
  runTests(store);
  changeTests(store);
  isolationTests(store);

  test("no more of a thread is read for a model than a process should hold: sixteen pages of large items", async () => {
    const me = someone();
    const { id } = await savedThread(own, me);
    await addTexts(own, id, me, Array.from({ length: 20 }, (_, i) => `${i} ${"x".repeat(600_000)}`));
    const recent = textsOf(await own.recentItems(id, 100, me)).map(Number.parseFloat);
    expect(recent).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });
});
