import type { AgentInputItem, Model, ModelRequest, ModelResponse, StreamEvent } from "@openai/agents";
import type { Aside } from "../dialect.ts";
import { keptOf, withKept } from "../kept-call.ts";
import type { Chunk } from "./answer.ts";

type ResponseDone = Extract<StreamEvent, { type: "response_done" }>;
type OutputItem = ResponseDone["response"]["output"][number];

/** A chat completions model that is sent back the fields which came with its tool calls; the SDK's own model drops them. */
export class ChatModel implements Model {
  /**
   * @param origin the model and server: fields that came from elsewhere are not sent there
   * @param tellsOnce leaves out the chunks of text, since the SDK emits an event of its own for each
   */
  constructor(
    private readonly model: Model,
    private readonly origin: string,
    private readonly tellsOnce: boolean,
  ) {}

  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    const response = await this.model.getResponse(this.#returning(request));
    const aside = response.providerData?.["aside"] as Aside | undefined;
    return { ...response, output: this.#withKept((response.output as OutputItem[]).map(bare), aside?.kept) };
  }

  async *getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const seen: Seen = { kept: undefined, length: 0, withdrawn: 0, model: undefined };
    for await (const event of this.model.getStreamedResponse(this.#returning(request))) {
      if (event.type === "output_text_delta") seen.length += event.delta.length;
      else if (event.type === "model") {
        const chunk = event.event as Chunk;
        if (this.tellsOnce && chunk.choices[0]?.delta["content"]) continue;
        see(seen, chunk);
      } else if (event.type === "response_done") {
        yield this.#done(event, seen);
        continue;
      }
      yield event;
    }
  }

  getRetryAdvice(args: Parameters<NonNullable<Model["getRetryAdvice"]>>[0]) {
    return this.model.getRetryAdvice?.(args);
  }

  #returning(request: ModelRequest): ModelRequest {
    const { input } = request;
    return typeof input === "string" ? request : { ...request, input: input.map((item) => this.#returned(item)) };
  }

  #returned(item: AgentInputItem): AgentInputItem {
    const kept = item.type === "function_call" ? keptOf(item) : undefined;
    return kept?.from === this.origin ? ({ ...item, providerData: { ...kept.call, ...kept.message } } as AgentInputItem) : item;
  }

  #done(event: ResponseDone, { kept, withdrawn, model }: Seen): ResponseDone {
    const output = this.#withKept(withdrawn > 0 ? withoutWithdrawn(event.response.output, withdrawn) : event.response.output, kept);
    return { ...event, response: { ...event.response, output, ...(model && { providerData: { model } }) } };
  }

  #withKept(output: readonly OutputItem[], kept: Aside["kept"]): OutputItem[] {
    if (!kept) return [...output];
    let message = kept.message;
    return output.map((item) => {
      if (item.type !== "function_call") return item;
      const call = kept.calls[item.callId] ?? {};
      // The fields of the message are sent back with its first call.
      const marked = withKept(item, { from: this.origin, call, message });
      message = {};
      return marked;
    });
  }
}

/** What was noted of an answer while it streamed; `length` and `withdrawn` are lengths of its text. */
type Seen = { kept: Aside["kept"]; length: number; withdrawn: number; model: string | undefined };

function see(seen: Seen, { aside, model }: Chunk): void {
  seen.model ??= model || undefined;
  if (!aside) return;
  seen.kept = aside.kept ?? seen.kept;
  if (aside.withdrawn !== undefined) seen.withdrawn = seen.length;
}

/** The output without its first `length` characters, which turned out to be a thought. */
function withoutWithdrawn(output: readonly OutputItem[], length: number): OutputItem[] {
  return output.flatMap((item): OutputItem[] => {
    if (!isMessage(item)) return [item];
    const content = item.content.map((part) => (part.type === "output_text" ? { ...part, text: part.text.slice(length) } : part));
    return content.every((part) => part.type === "output_text" && part.text === "") ? [] : [{ ...item, content }];
  });
}

/** The item without the server's fields that the SDK has noted on it: they would be sent to the next server. */
function bare(item: OutputItem): OutputItem {
  if (item.type === "function_call") return { ...item, providerData: undefined };
  if (!isMessage(item)) return item;
  const content = item.content.map((part) => {
    const annotations: unknown = part.providerData?.["annotations"];
    return { ...part, providerData: Array.isArray(annotations) ? { annotations } : undefined };
  });
  return { ...item, content };
}

function isMessage(item: OutputItem): item is Extract<OutputItem, { role: "assistant" }> {
  return item.type === "message" && item.role === "assistant";
}
