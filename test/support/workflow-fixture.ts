import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadAgentServer, type LoadedAgent } from "../../src/agents/loading/load-agent-server.ts";
import * as library from "../../src/index.ts";
import type { ModelOptions } from "../../src/agents/models/model-client.ts";
import type { SentEvent } from "../../src/protocol/events.ts";
import type { ThreadItem, WidgetItem } from "../../src/protocol/items.ts";
import type { ChatKitServer } from "../../src/server/chatkit-server.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Store } from "../../src/store/store.ts";
import { createThread, events, itemsOf, ports, recordingLogger, textOf, userInput, type Logged } from "./chat.ts";
import type { OutputSpec } from "./model-script.ts";
import { ResponsesServer } from "./responses-server.ts";

export const EXPORTED = join(import.meta.dir, "../fixtures/agent-builder");

/** What each agent says, by a phrase of its instructions: one list of output for each call of the model. */
export type Says = Record<string, OutputSpec[][]>;

/** Exported workflows that are loaded from a folder of their own and answer with a scripted model server. */
export class WorkflowFixture {
  readonly model: ResponsesServer;
  readonly store: Store<RequestContext> = new MemoryStore();
  readonly logged: Logged[] = [];
  #folder: Promise<string> | undefined;

  /** @param more further routes of the model server */
  constructor(more?: ConstructorParameters<typeof ResponsesServer>[0] extends infer O ? NonNullable<O> extends { more?: infer M } ? M : never : never) {
    this.model = new ResponsesServer(more ? { more } : {});
  }

  get folder(): Promise<string> {
    return (this.#folder ??= mkdtemp(join(tmpdir(), "workflow ")));
  }

  async stop(): Promise<void> {
    await this.model.stop();
    if (this.#folder) await rm(await this.#folder, { recursive: true });
  }

  /** Loads a file of the fixtures; or a text, written to a file of that name. */
  async load(name: string, text?: string, beside: Record<string, string> = {}, models: ModelOptions = {}): Promise<LoadedAgent> {
    const folder = await this.folder;
    const path = join(folder, name);
    await Bun.write(path, text ?? (await Bun.file(join(EXPORTED, name)).text()));
    for (const [file, content] of Object.entries(beside)) await Bun.write(join(folder, file), content);
    const logger = recordingLogger();
    const options = { apiKey: "sk-test", baseURL: this.model.url, maxRetries: 0, ...models };
    const embedded = { "chatkit-server": library };
    const loaded = await loadAgentServer({ path, ports: ports(this.store, logger), models: options, embedded, fresh: true });
    this.logged.push(...logger.lines);
    return loaded;
  }

  async server(name: string, text?: string, beside?: Record<string, string>): Promise<ChatKitServer> {
    return (await this.load(name, text, beside)).server;
  }

  /** What the model server was asked since the last call of this. */
  asked(): { instructions: string; input: unknown[]; model: string; body: Record<string, unknown> }[] {
    return this.model.requests.splice(0).map(({ body }) => ({
      instructions: String(body["instructions"] ?? ""),
      input: body.input as unknown[],
      model: String(body["model"]),
      body: body as Record<string, unknown>,
    }));
  }
}

/** A message whose text tells the model server what to say. */
export function message(text: string, when: Says): string {
  return `${text} [[fake:${JSON.stringify({ when })}]]`;
}

export function begin(server: ChatKitServer, text: string, when: Says) {
  return createThread(server, message(text, when));
}

export function goOn(server: ChatKitServer, threadId: string, text: string, when: Says): Promise<SentEvent[]> {
  return events(server, "threads.add_user_message", { thread_id: threadId, input: userInput(message(text, when)) });
}

/** The texts of the assistant's messages in the thread. */
export async function answers(server: ChatKitServer, threadId: string): Promise<string[]> {
  return (await itemsOf(server, threadId)).filter((item) => item.type === "assistant_message").map(textOf);
}

export function deltas(sent: SentEvent[]): string[] {
  return sent.flatMap((event) => (event.type === "thread.item.updated" && event.update.type === "assistant_message.content_part.text_delta" ? [event.update.delta] : []));
}

export function tasks(items: ThreadItem[]): object[] {
  return items.flatMap((item) => (item.type === "workflow" ? item.workflow.tasks : []));
}

/** Clicks a button of the newest card. */
export async function decide(server: ChatKitServer, threadId: string, approve: boolean): Promise<SentEvent[]> {
  const card = (await itemsOf(server, threadId)).findLast((item): item is WidgetItem => item.type === "widget")!;
  const action = new RegExp(`{"type":"chatkit.approval","payload":{[^}]*"approve":${approve}}}`).exec(JSON.stringify(card.widget))?.[0];
  if (action === undefined) throw new Error(`no button: ${JSON.stringify(card.widget)}`);
  return events(server, "threads.custom_action", { thread_id: threadId, item_id: card.id, action: JSON.parse(action) as object });
}
