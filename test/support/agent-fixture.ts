import { Agent, handoff, imageGenerationTool, OpenAIProvider, Runner, tool, type RunContext } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";
import { AgentContext, agentContext } from "../../src/agents/agent-context.ts";
import { clientTool } from "../../src/agents/client-tool.ts";
import { ResponseStreamConverter } from "../../src/agents/response/response-stream-converter.ts";
import { streamAgentResponse } from "../../src/agents/response/stream-agent-response.ts";
import { ThreadItemConverter } from "../../src/agents/input/thread-item-converter.ts";
import {
  ChatKitServer,
  clientEffect,
  hiddenContext,
  progress,
  type Attachment,
  type Ports,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserMessageItem,
} from "../../src/index.ts";
import type { ModelRequest } from "../conformance/model-requests.ts";
import { BUTTON, card } from "./echo-answers.ts";
import { serve } from "./echo-server.ts";
import { ResponsesServer } from "./responses-server.ts";
import { spelledOut } from "./spelled-out.ts";

/** The server of the recorded `agent` transcripts: a real run of an agent against a scripted model server. */
export function startAgentFixture(
  make: (ports: Ports, runner: Runner) => ChatKitServer = (ports, runner) => new AgentFixture(ports, runner),
) {
  const model = new ResponsesServer();
  const asked: ModelRequest[] = [];
  const openAIClient = new OpenAI({
    apiKey: "sk-test",
    baseURL: model.url,
    maxRetries: 0,
    fetch: (url, init) => {
      const text = String(init?.body);
      asked.push({ body: JSON.parse(text) as ModelRequest["body"] });
      return fetch(url as string, { ...init, body: spelledOut(text) } as RequestInit);
    },
  });
  const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses: true }), tracingDisabled: true });
  const fixture = serve((ports) => make(ports, runner));
  const stop = async () => {
    await fixture.stop();
    await model.stop();
  };
  return { ...fixture, asked, stop };
}

type Run = RunContext<AgentContext>;
const text = z.object({ text: z.string() });
const nothing = z.object({});

function simpleTool<S extends z.ZodObject>(
  name: string,
  parameters: S,
  execute: (input: z.infer<S>, chat: AgentContext) => unknown,
  description = "",
) {
  return tool({
    name,
    description,
    parameters: parameters as z.ZodObject,
    execute: (input, run) => execute(input as z.infer<S>, agentContext(run as Run)),
  });
}

const getWeather = simpleTool("get_weather", z.object({ city: z.string() }), ({ city }) => `It is sunny in ${city}.`, "Weather of a city.");

const specialist = new Agent<AgentContext>({
  name: "Specialist",
  instructions: "You are the specialist.",
  model: "fake",
  tools: [getWeather],
});

const TOOLS = [
  getWeather,
  simpleTool("show_widget", text, async ({ text }, chat) => {
    await chat.streamWidget(card({ type: "Text", value: text }, BUTTON), text);
    return "shown";
  }),
  simpleTool("stream_text_widget", nothing, async (_, chat) => {
    await chat.streamWidget(
      (async function* () {
        for (const value of ["a", "ab", "abc"]) yield card({ type: "Text", id: "t", value, streaming: true }, BUTTON);
      })(),
    );
    return "streamed";
  }),
  simpleTool("progress", text, ({ text }, chat) => {
    chat.stream(progress(text, "search"));
    chat.stream(clientEffect("seen", { text }));
    return "ok";
  }),
  simpleTool("start_workflow", z.object({ tasks: z.array(z.string()) }), ({ tasks }, chat) => {
    chat.startWorkflow({ type: "custom", tasks: [] });
    for (const title of tasks) chat.addWorkflowTask({ type: "custom", title, status_indicator: "loading" });
    return "started";
  }),
  simpleTool("finish_task", z.object({ index: z.number().int() }), ({ index }, chat) => {
    const task = chat.workflowItem?.workflow.tasks[index];
    if (task) chat.updateWorkflowTask({ ...task, status_indicator: "complete" }, index);
    return "finished";
  }),
  simpleTool("end_workflow", z.object({ title: z.string() }), ({ title }, chat) => {
    chat.endWorkflow({ title, icon: "check" }, true);
    return "ended";
  }),
  simpleTool("set_title", z.object({ title: z.string() }), ({ title }, chat) => {
    chat.thread.title = title;
    return "titled";
  }),
  simpleTool("note_hidden", text, ({ text }, chat) => {
    chat.stream(hiddenContext(text));
    return "noted";
  }),
  simpleTool("failing", nothing, () => {
    throw new Error("on purpose");
  }),
  tool({
    name: "failing_hard",
    description: "",
    parameters: nothing,
    errorFunction: null,
    execute: () => {
      throw new Error("on purpose");
    },
  }),
  clientTool({ name: "get_selection", description: "Read the user's current selection.", parameters: z.object({ project: z.string() }) }),
];

export const assistant = new Agent<AgentContext>({
  name: "Assistant",
  instructions: "You are a helpful assistant.",
  model: "fake",
  tools: TOOLS,
  handoffs: [handoff(specialist, { toolNameOverride: "transfer_to_specialist" })],
  inputGuardrails: [
    {
      name: "tripwire",
      execute: async ({ input }) => ({ tripwireTriggered: JSON.stringify(input).includes("tripwire"), outputInfo: null }),
    },
  ],
  outputGuardrails: [
    {
      name: "forbidden",
      execute: async ({ agentOutput }) => ({ tripwireTriggered: String(agentOutput).includes("forbidden"), outputInfo: null }),
    },
  ],
});
export const painter = assistant.clone({ tools: [...TOOLS, imageGenerationTool({ partialImages: 3 })] });
const titler = new Agent({ name: "Titles", instructions: "Write a short title for this conversation.", model: "fake" });

export class InputConverter extends ThreadItemConverter {
  override async attachmentToMessageContent({ name, mime_type }: Attachment) {
    return { type: "input_text" as const, text: `[attachment ${name} ${mime_type}]` };
  }
}

class AgentFixture extends ChatKitServer {
  readonly #converter = new InputConverter();

  constructor(
    ports: Ports,
    readonly runner: Runner,
  ) {
    super(ports);
  }

  override async *respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    requestContext: RequestContext,
  ): AsyncIterable<ThreadStreamEvent> {
    const items = await this.store.recentItems(thread.id, 20, requestContext);
    const input = await this.#converter.toAgentInput(items);
    const asked = message?.content.map((part) => part.text).join("") ?? "";
    if (asked.includes("title please")) requestContext.waitUntil(this.#title(thread, JSON.stringify(input)));
    const context = new AgentContext({ thread, store: this.store, requestContext });
    const result = await this.runner.run(asked.includes("image") ? painter : assistant, input, { stream: true, context });
    yield* streamAgentResponse(context, result, { converter: new ResponseStreamConverter({ partialImages: 3 }) });
  }

  async #title(thread: ThreadMetadata, conversation: string): Promise<void> {
    const { finalOutput } = await this.runner.run(titler, conversation.slice(0, 50));
    if (finalOutput) thread.title = finalOutput;
  }
}
