/** The demo model: answers from a script when there is no key. It never opens a connection. */
import { Usage, type Model, type ModelProvider, type ModelRequest, type ModelResponse, type StreamEvent } from "@openai/agents";
import { demoAnswer } from "./demo-answer.ts";
import { itemEvents, outputItem, type OutputItem, type ResponsesEvent } from "./demo-events.ts";

/** The model name that selects the demo model. */
export const DEMO_MODEL = "demo";
const WORD_PAUSE_MS = 10;

/**
 * A model that needs no network and no key. The same text always gets the same answer, and a tool of the agent is called when the text
 * asks for it. It streams the same events as the SDK's Responses model, so all code behind it works the same.
 */
export class DemoModel implements Model {
  readonly #wordPauseMs: number;

  /** @param options.wordPauseMs between two words @default 10 */
  constructor(options: { wordPauseMs?: number } = {}) {
    this.#wordPauseMs = options.wordPauseMs ?? WORD_PAUSE_MS;
  }

  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    const item = outputItem(demoAnswer(request));
    return { responseId: `resp_${item.id}`, usage: new Usage(usageOf(request, item)), output: [asSdkItem(item)] };
  }

  async *getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const item = outputItem(demoAnswer(request));
    const response = { id: `resp_${item.id}`, object: "response", model: DEMO_MODEL, output: [] };
    const created = { type: "response.created", response: { ...response, status: "in_progress" } };
    yield { type: "response_started", providerData: created };
    yield raw(created);
    for (const event of itemEvents(item)) {
      if (event.type === "response.output_text.delta") {
        const { delta, ...providerData } = event;
        yield { type: "output_text_delta", delta: String(delta), itemId: item.id, providerData };
        yield raw(event);
        await pause(this.#wordPauseMs, request.signal);
      } else {
        yield raw(event);
      }
    }
    const usage = usageOf(request, item);
    yield { type: "response_done", response: { id: response.id, output: [asSdkItem(item)], usage, providerData: { model: DEMO_MODEL } } };
    yield raw({ type: "response.completed", response: { ...response, status: "completed", output: [item] } });
  }
}

/** Answers every model name with the demo model. */
export class DemoProvider implements ModelProvider {
  readonly #model: DemoModel;

  constructor(options?: { wordPauseMs?: number }) {
    this.#model = new DemoModel(options);
  }

  getModel(): Model {
    return this.#model;
  }
}

function raw(event: ResponsesEvent): StreamEvent {
  return { type: "model", event, providerData: { rawModelEventSource: "openai-responses" } };
}

function asSdkItem(item: OutputItem) {
  if (item.type === "function_call") {
    const { id, call_id: callId, name, status } = item;
    return { type: "function_call" as const, id, callId, name, arguments: item.arguments, status };
  }
  const content = item.content.map(({ text }) => ({ type: "output_text" as const, text }));
  return { type: "message" as const, role: "assistant" as const, id: item.id, status: item.status, content };
}

/** Counts words in place of tokens. */
function usageOf(request: ModelRequest, item: OutputItem) {
  const inputTokens = countWords(JSON.stringify(request.input));
  const outputTokens = countWords(item.type === "message" ? (item.content[0]?.text ?? "") : item.arguments);
  return { requests: 1, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function countWords(text: string): number {
  return text.split(/\s+/).length;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms > 0) await Bun.sleep(ms);
  signal?.throwIfAborted();
}
