import { AgentContext } from "../../src/agents/agent-context.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { ThreadMetadata } from "../../src/protocol/thread.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { asker, type Asker } from "./chat.ts";

export const THREAD: ThreadMetadata = { id: "thread_x", created_at: "2026-01-01T00:00:00.000Z", status: { type: "active" }, metadata: {} };

/** A thread in a store of its own, and an AgentContext on it. */
export type Chat = { context: AgentContext; store: RecordingStore; request: Asker };

/** Remembers what was written after the thread had been set up. */
export class RecordingStore extends MemoryStore<RequestContext> {
  readonly writes: ThreadItem[] = [];

  override async addThreadItem(...args: Parameters<MemoryStore<RequestContext>["addThreadItem"]>): Promise<void> {
    await super.addThreadItem(...args);
    this.writes.push(args[1]);
  }
}

export async function chat(items: ThreadItem[] = [], turn?: RequestContext["turn"]): Promise<Chat> {
  const store = new RecordingStore();
  const request = asker();
  if (turn) request.turn = turn;
  await store.saveThread(THREAD, request);
  for (const item of items) await store.addThreadItem(THREAD.id, item, request);
  store.writes.length = 0;
  return { context: new AgentContext({ thread: THREAD, store, requestContext: request }), store, request };
}
