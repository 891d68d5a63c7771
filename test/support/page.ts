import type { Action } from "../../src/protocol/actions.ts";
import type { SentEvent } from "../../src/protocol/events.ts";
import type { ThreadItem } from "../../src/protocol/items.ts";
import type { Page as Rows, Thread } from "../../src/protocol/thread.ts";
import { eventsOf } from "./binary.ts";
import { userInput } from "./chat.ts";

type Init = Omit<RequestInit, "headers"> & { headers?: Record<string, string> };

/** A page with one chat on it: what the person sends goes out over HTTP, and what comes back is what the person sees. */
export class Page {
  threadId = "";

  constructor(
    readonly origin: string,
    readonly headers: Record<string, string> = {},
  ) {}

  /** A request of the page's own, to a route that is not the protocol's. */
  fetch(path: string, init: Init = {}): Promise<Response> {
    return fetch(this.origin + path, { ...init, headers: { ...this.headers, ...init.headers } });
  }

  async json<T>(path: string, init: Init = {}): Promise<T> {
    return (await (await this.fetch(path, init)).json()) as T;
  }

  post(type: string, params: object, init: Init = {}): Promise<Response> {
    const headers = { "content-type": "application/json", ...init.headers };
    return this.fetch("/chatkit", { ...init, method: "POST", headers, body: JSON.stringify({ type, params }) });
  }

  /** A plain operation's answer. */
  async ask<T>(type: string, params: object): Promise<T> {
    const response = await this.post(type, params);
    if (!response.ok) throw new Error(`${type}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** A streaming operation's events. */
  async events(type: string, params: object): Promise<SentEvent[]> {
    return Array.fromAsync(eventsOf(await this.post(type, params)));
  }

  /** Sends a message, the first one into a new thread; `more` is the rest of the input. */
  async say(text: string, more: object = {}): Promise<SentEvent[]> {
    const input = userInput(text, more);
    if (this.threadId) return this.events("threads.add_user_message", { thread_id: this.threadId, input });
    const events = await this.events("threads.create", { input });
    for (const event of events) if (event.type === "thread.created") this.threadId = event.thread.id;
    return events;
  }

  /** Clicks something in a widget. */
  act(action: Action, itemId?: string): Promise<SentEvent[]> {
    return this.events("threads.custom_action", { thread_id: this.threadId, item_id: itemId, action });
  }

  thread(): Promise<Thread> {
    return this.ask("threads.get_by_id", { thread_id: this.threadId });
  }

  /** What a reload of the page shows, oldest first. */
  async items(): Promise<ThreadItem[]> {
    return (await this.ask<Rows<ThreadItem>>("items.list", { thread_id: this.threadId, order: "asc", limit: 1000 })).data;
  }
}
