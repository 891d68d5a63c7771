import { NotFoundError } from "../../../src/errors.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { ThreadMetadata } from "../../../src/protocol/thread.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import type { Run } from "../../../src/store/store.ts";
import type { Change } from "./history.ts";
import type { SimulatedStore } from "./simulation.ts";

type Known = { thread: ThreadMetadata; text: string; items: Map<string, { item: ThreadItem; text: string }> };
type Holder = { run: Run; context: RequestContext };

/** What is in the store, looked up after every write, so that it is known what each has changed whatever it was meant to. */
export class Ledger {
  readonly #known = new Map<string, Known>();
  readonly #holders = new Map<string, Holder>();

  constructor(
    private readonly store: SimulatedStore,
    private readonly anybody: RequestContext,
  ) {}

  holderOf(threadId: string): Holder | undefined {
    return this.#holders.get(threadId);
  }

  holds(run: Run, context: RequestContext): void {
    this.#holders.set(run.threadId, { run, context });
  }

  /** The runs that have lost their threads since the last look. */
  async freed(): Promise<{ threadId: string; run: string }[]> {
    const freed = [];
    for (const [threadId, { run, context }] of this.#holders) {
      if ((await this.store.leaseLeft(run, context)) !== null) continue;
      this.#holders.delete(threadId);
      freed.push({ threadId, run: run.id });
    }
    return freed;
  }

  /** What has changed in that thread since the last look, or in all of them. */
  async look(threadId?: string): Promise<Change[]> {
    const changes: Change[] = [];
    for (const id of threadId === undefined ? [...this.#known.keys()] : [threadId]) {
      const change = await this.#lookAt(id);
      if (change) changes.push(change);
    }
    return changes;
  }

  /** What has changed in that item since the last look. */
  async lookAtItem(threadId: string, itemId: string): Promise<Change[]> {
    const known = this.#known.get(threadId);
    if (!known) return this.look(threadId);
    const item = await this.store.loadItem(threadId, itemId, this.anybody).catch(gone);
    const text = JSON.stringify(item);
    const before = known.items.get(itemId)?.text;
    if (text === before) return [];
    if (item) known.items.set(itemId, { item, text });
    else known.items.delete(itemId);
    const none: Change = { threadId, added: [], changed: [], removed: [] };
    return [item ? { ...none, [before === undefined ? "added" : "changed"]: [item] } : { ...none, removed: [itemId] }];
  }

  /** How many bytes all threads and items take that can be read. */
  async bytes(): Promise<number> {
    await this.look();
    const rows = [...this.#known.values()].flatMap(({ text, items }) => [text, ...[...items.values()].map((one) => one.text)]);
    return rows.reduce((bytes, row) => bytes + Buffer.byteLength(row), 0);
  }

  async #lookAt(threadId: string): Promise<Change | undefined> {
    const before = this.#known.get(threadId);
    const now = await this.#read(threadId);
    if (!now) return this.#known.delete(threadId) ? { threadId, added: [], changed: [], removed: [...before!.items.keys()], isDeleted: true } : undefined;
    this.#known.set(threadId, now);
    const isNew = (id: string) => !before?.items.has(id);
    const items = [...now.items].map(([id, { item, text }]) => ({ id, item, text }));
    const change: Change = {
      threadId,
      added: items.flatMap(({ id, item }) => (isNew(id) ? [item] : [])),
      changed: items.flatMap(({ id, item, text }) => (isNew(id) || before!.items.get(id)!.text === text ? [] : [item])),
      removed: before ? [...before.items.keys()].filter((id) => !now.items.has(id)) : [],
      ...(before?.text !== now.text && { thread: now.thread }),
    };
    return change.added.length + change.changed.length + change.removed.length > 0 || change.thread ? change : undefined;
  }

  async #read(threadId: string): Promise<Known | undefined> {
    const thread = await this.store.loadThread(threadId, this.anybody).catch(gone);
    if (!thread) return undefined;
    const { data } = await this.store.loadThreadItems(threadId, null, 1000, "asc", this.anybody);
    return { thread, text: JSON.stringify(thread), items: new Map(data.map((item) => [item.id, { item, text: JSON.stringify(item) }])) };
  }
}

function gone(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
