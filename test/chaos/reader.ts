import type { SentEvent } from "../../src/protocol/events.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import { eventsOf, type Program } from "../support/binary.ts";

/** An assistant's text as a client saw it come. */
export type OpenText = { threadId: string; itemId: string; pieces: { at: number; text: string }[] };

/** What clients were told: everything here is a promise. */
export class Told {
  /** Items that were said to be done, in the order in which that was said. */
  readonly done: ThreadItem[] = [];
  /** Texts of answers that were not done. */
  readonly open = new Map<string, OpenText>();
  /** In-stream errors. */
  readonly errors: Extract<SentEvent, { type: "error" }>[] = [];
  readonly threads = new Set<string>();

  /** One streaming request, read to its end; answers whether that was a whole answer. A cut connection throws. */
  async read(response: Response): Promise<"done" | "error"> {
    let threadId = "";
    let outcome: "done" | "error" = "done";
    for await (const event of eventsOf(response)) {
      if (event.type === "thread.created") this.threads.add((threadId = event.thread.id));
      if (event.type === "thread.item.done") this.#done(event.item as ThreadItem);
      if (event.type === "thread.item.added") threadId = event.item.thread_id ?? threadId;
      if (event.type === "thread.item.updated" && "delta" in event.update) this.#piece(threadId, event.item_id, event.update.delta);
      if (event.type !== "error") continue;
      outcome = "error";
      this.errors.push(event);
    }
    return outcome;
  }

  /** The same of a request whose process may be killed at any time, also before it answers. */
  async readIfLives(response: Promise<Response>): Promise<"done" | "error" | "cut"> {
    try {
      return await this.read(await response);
    } catch {
      return "cut";
    }
  }

  #done(item: ThreadItem): void {
    this.done.push(item);
    this.threads.add(item.thread_id);
    this.open.delete(item.id);
  }

  #piece(threadId: string, itemId: string, text: string): void {
    const seen = this.open.get(itemId) ?? { threadId, itemId, pieces: [] };
    seen.pieces.push({ at: performance.now(), text });
    this.open.set(itemId, seen);
  }
}

export function ask(program: Program, type: string, params: object, headers: Record<string, string> = {}): Promise<Response> {
  return program.post({ type, params }, { headers });
}
