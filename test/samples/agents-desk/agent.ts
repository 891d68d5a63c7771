import { InputGuardrailTripwireTriggered, Runner, type RunStreamEvent } from "@openai/agents";
import {
  assistantMessage,
  ChatKitServer,
  clientEffect,
  simpleToAgentInput,
  streamAgentResponse,
  type Ports,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
} from "chatkit-server";
import type { Hono } from "hono";
import { agents } from "./agents.ts";
import { DeskContext, deskOf, publicDesk, type Desk, type DeskEvent } from "./journey.ts";

const REFUSAL = "I can only help with your journey.";

export default class AgentsDesk extends ChatKitServer {
  readonly #runner = new Runner();
  /** Panels that watch a chat. */
  readonly #watchers = new Map<string, Set<(desk: Desk) => void>>();

  override async *respond(thread: ThreadMetadata, _message: unknown, requestContext: RequestContext): AsyncGenerator<ThreadStreamEvent> {
    const chat = new DeskContext({ thread, store: this.store, requestContext });
    const { desk } = chat;
    yield clientEffect("runner_bind_thread", { thread_id: thread.id });
    const input = await simpleToAgentInput(await this.store.recentItems(thread.id, 30, requestContext));
    const agent = agents.find(({ name }) => name === desk.agent) ?? agents[0]!;
    const seen: DeskEvent[] = [];
    try {
      const result = await this.#runner.run(agent, input, { stream: true, context: chat, signal: requestContext.signal });
      for await (const event of streamAgentResponse(chat, result, { observe: (one) => note(seen, one) })) {
        yield event;
        if (seen.length > 0) yield this.#told(chat, seen.splice(0));
      }
      desk.agent = result.lastAgent?.name ?? agent.name;
      desk.guardrails = agent.inputGuardrails.map(({ name }) => ({ name, passed: true, reasoning: "" }));
    } catch (error) {
      if (!(error instanceof InputGuardrailTripwireTriggered)) throw error;
      const tripped = error.result.output.outputInfo as { name: string; reasoning?: string };
      desk.guardrails = agent.inputGuardrails.map(({ name }) =>
        name === tripped.name ? { name, passed: false, reasoning: tripped.reasoning ?? "" } : { name, passed: true, reasoning: "" },
      );
      yield assistantMessage(REFUSAL);
    }
    yield this.#told(chat, seen);
  }

  /** Writes down what happened, tells the panels, and the page. */
  #told(chat: DeskContext, events: DeskEvent[]): ThreadStreamEvent {
    chat.desk.events.push(...events);
    chat.save();
    for (const tell of this.#watchers.get(chat.thread.id) ?? []) tell(chat.desk);
    return clientEffect("runner_event_delta", { thread_id: chat.thread.id, events });
  }

  /** The desk now, and after each change, until the signal aborts. */
  async *watch(thread: ThreadMetadata, signal: AbortSignal): AsyncGenerator<Desk> {
    const waiting: Desk[] = [deskOf(thread)];
    let wake = () => {};
    const tell = (desk: Desk) => (waiting.push(structuredClone(desk)), wake());
    const watchers = this.#watchers.get(thread.id) ?? new Set();
    this.#watchers.set(thread.id, watchers.add(tell));
    signal.addEventListener("abort", () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        yield* waiting.splice(0);
        if (waiting.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      watchers.delete(tell);
      if (watchers.size === 0) this.#watchers.delete(thread.id);
    }
  }

  get watched(): number {
    return this.#watchers.size;
  }
}

/** The panel's view of the run. */
function note(seen: DeskEvent[], event: RunStreamEvent): void {
  if (event.type !== "run_item_stream_event") return;
  const { item } = event;
  const agent = "agent" in item ? item.agent.name : "";
  if (item.type === "handoff_output_item") {
    seen.push({ type: "handoff", agent: item.sourceAgent.name, content: `${item.sourceAgent.name} -> ${item.targetAgent.name}` });
  } else if (item.type === "tool_call_item" && item.rawItem.type === "function_call") {
    seen.push({ type: "tool_call", agent, content: item.rawItem.name });
  } else if (item.type === "tool_call_output_item") {
    seen.push({ type: "tool_output", agent, content: String(item.output).slice(0, 200) });
  } else if (item.type === "message_output_item") {
    seen.push({ type: "message", agent, content: item.content.slice(0, 200) });
  }
}

export function routes(app: Hono, ports: Ports): void {
  const server = ports.server() as AgentsDesk;
  const threadOf = async (request: Request) => {
    const context = await ports.requestContext(request);
    const thread = await ports.store.loadThread(new URL(request.url).searchParams.get("thread_id") ?? "", context);
    return { thread, context };
  };

  app.get("/chatkit/bootstrap", (c) => {
    const list = agents.map(({ name, handoffDescription }) => ({ name, description: handoffDescription }));
    return c.json({ agents: list, current: list[0]?.name });
  });
  app.get("/chatkit/state", async (c) => {
    const { thread } = await threadOf(c.req.raw);
    return c.json(publicDesk(deskOf(thread)));
  });
  app.get("/chatkit/state/stream", async (c) => {
    const { thread, context } = await threadOf(c.req.raw);
    async function* frames() {
      for await (const desk of server.watch(thread, context.signal)) yield `data: ${JSON.stringify(publicDesk(desk))}\n\n`;
    }
    return new Response(frames() as unknown as ReadableStream, { headers: { "content-type": "text/event-stream" } });
  });
}
