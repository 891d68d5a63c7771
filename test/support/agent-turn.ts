import { Agent, type AgentInputItem } from "@openai/agents";
import { streamAgentResponse } from "../../src/agents/response/stream-agent-response.ts";
import type { ThreadStreamEvent } from "../../src/protocol/events.ts";
import type { ThreadItemDraft } from "../../src/protocol/items.ts";
import { chat, type Chat } from "./chat-context.ts";
import type { OutputSpec, Script } from "./model-script.ts";
import { OpenAI, OpenAIProvider, Runner } from "./plain-packages.ts";
import type { ResponsesServer } from "./responses-server.ts";

/** One turn of a real run against a scripted model server. */
export type Turn = Chat & { events: ThreadStreamEvent[]; error?: unknown };
export type TurnInit = {
  agent?: Agent<any, any>;
  api?: "responses" | "chat_completions";
  chat?: Chat;
  maxTurns?: number;
  input?: AgentInputItem[];
  /** Called with each event as it is read. */
  onEvent?: (event: ThreadStreamEvent, chat: Chat) => void | Promise<void>;
  options?: Parameters<typeof streamAgentResponse>[2];
};

export function say(script: OutputSpec[][] | Script): string {
  return `[[fake:${JSON.stringify(Array.isArray(script) ? { turns: script } : script)}]]`;
}

export function assistant(more: Partial<ConstructorParameters<typeof Agent>[0]> = {}): Agent<any, any> {
  return new Agent({ name: "Assistant", instructions: "You are a helpful assistant.", model: "fake", ...more } as never);
}

export function runnerFor(server: ResponsesServer, api: TurnInit["api"] = "responses") {
  const openAIClient = new OpenAI({ apiKey: "sk-test", baseURL: server.url, maxRetries: 0 });
  return new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses: api === "responses" }), tracingDisabled: true });
}

export async function turn(server: ResponsesServer, script: OutputSpec[][] | Script, init: TurnInit = {}): Promise<Turn> {
  const it = init.chat ?? (await chat());
  const events: ThreadStreamEvent[] = [];
  try {
    const input = init.input ?? say(script);
    const { maxTurns } = init;
    const run = { stream: true as const, context: it.context, ...(maxTurns !== undefined && { maxTurns }) };
    const result = await runnerFor(server, init.api).run(init.agent ?? assistant(), input, run);
    for await (const event of streamAgentResponse(it.context, result, init.options)) {
      events.push(event);
      await init.onEvent?.(event, it);
    }
  } catch (error) {
    return { ...it, events, error };
  }
  return { ...it, events };
}

/** The items that became done, in order. */
export function doneItems(events: ThreadStreamEvent[]): ThreadItemDraft[] {
  return events.flatMap((event) => (event.type === "thread.item.done" ? [event.item] : []));
}

/** The texts of the assistant messages that became done. */
export function texts(events: ThreadStreamEvent[]): string[] {
  return doneItems(events).flatMap((item) => (item.type === "assistant_message" ? [item.content.map((part) => part.text).join("|")] : []));
}

/** Each event in short: its type, and what it is about. */
export function outline(events: ThreadStreamEvent[]): string[] {
  return events.map((event) => {
    if (event.type === "thread.item.updated") return event.update.type;
    return "item" in event ? `${event.type.replace("thread.item.", "")} ${event.item.type}` : event.type.replace("thread.item.", "");
  });
}
