/** A model server on loopback that answers each model in a way of its own: the model's name says how. */

type Message = { role: string; content: unknown; tool_calls?: Record<string, unknown>[]; [field: string]: unknown };
type InputItem = { type?: string; output?: unknown; call_id?: string };
export type Asked = { model: string; stream?: boolean; messages: Message[]; input: InputItem[]; [field: string]: unknown };
export type Says = (asked: Asked) => Response | Promise<Response>;

export class OddServer {
  readonly asked: Asked[] = [];
  readonly #models = new Map<string, Says>();
  readonly #server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    development: false,
    fetch: async (request) => {
      const asked = (await request.json()) as Asked;
      this.asked.push(asked);
      return this.#models.get(asked.model)?.(asked) ?? Response.json({ error: { message: "no such model" } }, { status: 404 });
    },
  });

  get url(): string {
    return `${this.#server.url}v1`;
  }

  model(name: string, says: Says): void {
    this.#models.set(name, says);
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }
}

const BASE = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };

/** A chunk of a chat completion; `choice` and `top` change what is around the delta. */
export function chunk(delta: object | null, choice: object = {}, top: object = {}): object {
  return { ...BASE, choices: [{ index: 0, ...(delta && { delta }), finish_reason: null, ...choice }], ...top };
}

export const finish = (reason: string, delta: object = {}): object => chunk(delta, { finish_reason: reason });
export const text = (...pieces: unknown[]): object[] => pieces.map((content) => chunk({ content }));
export const calls = (...pieces: object[]): object => chunk({ tool_calls: pieces });
/** One piece of a call. */
export const call = (name: string | undefined, args: unknown, rest: object = {}): object => ({
  type: "function",
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  ...rest,
});

export const frame = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;

/** A stream as it is on the wire. */
export function raw(body: string | Uint8Array, contentType = "text/event-stream"): Response {
  return new Response(body, { headers: { "content-type": contentType } });
}

/** A stream that ends with [DONE]. */
export function sse(...events: object[]): Response {
  return raw(`${events.map(frame).join("")}data: [DONE]\n\n`);
}

/** A stream that just ends. */
export function cut(...events: object[]): Response {
  return raw(events.map(frame).join(""));
}

/** A stream whose connection breaks after what was sent. */
export function reset(...events: object[]): Response {
  const body = new ReadableStream({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode(events.map(frame).join("")));
      // The client reads in this process: within a few turns of the loop it has what was sent, which a reset would throw away.
      for (let turn = 0; turn < 5; turn++) await Bun.sleep(5);
      controller.error(new Error("reset on purpose"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** A stream that stays open after what was sent. */
export function hanging(...events: object[]): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(events.map(frame).join(""))),
    pull: () => new Promise(() => {}),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** What the tools have found, as the answer to a second call of the model. */
export function results(asked: Asked): Response | undefined {
  const chat = asked.messages?.filter((message) => message.role === "tool").map((message) => message.content);
  if (chat?.length) return sse(chunk({ role: "assistant", content: "" }), ...text(`RESULT ${JSON.stringify(chat)}`), finish("stop"));
  const found = asked.input?.filter((item) => item.type === "function_call_output").map((item) => item.output);
  return found?.length ? cut(...response([message("m9", [`RESULT ${JSON.stringify(found)}`])])) : undefined;
}

/** The events of one item of a response, and the item. */
export type Part = { events: object[]; item: object };

/** A whole response of the Responses API; `end` changes its last event. */
export function response(parts: Part[], end: object = {}): object[] {
  const base = { id: "resp_1", object: "response", created_at: 1, model: "m", error: null, usage: null };
  const completed = { ...base, status: "completed", output: parts.map((part) => part.item), ...end };
  return [
    { type: "response.created", response: { ...base, status: "in_progress", output: [] } },
    ...parts.flatMap((part) => part.events),
    { type: "response.completed", response: completed },
  ];
}

/** `ids` gives the id in the nth event about the message. */
export function message(id: string, pieces: string[], index = 0, ids: (nth: number) => string = () => id): Part {
  let nth = 0;
  const at = () => ({ item_id: ids(nth++), output_index: index, content_index: 0 });
  const item = { type: "message", role: "assistant" };
  const part = { type: "output_text", text: pieces.join(""), annotations: [] };
  const done = { ...item, status: "completed", content: [part] };
  return {
    events: [
      { type: "response.output_item.added", output_index: index, item: { ...item, id: ids(nth++), status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...at(), part: { ...part, text: "" } },
      ...pieces.map((delta) => ({ type: "response.output_text.delta", ...at(), delta })),
      { type: "response.output_text.done", ...at(), text: part.text },
      { type: "response.content_part.done", ...at(), part },
      { type: "response.output_item.done", output_index: index, item: { ...done, id: ids(nth++) } },
    ],
    item: { ...done, id: ids(nth++) },
  };
}

export function functionCall(name: string, args: unknown, index = 0, rest: object = {}): Part {
  const item = { id: `fc_${index}`, type: "function_call", call_id: "call_1", name, arguments: args, status: "completed", ...rest };
  return {
    events: [
      { type: "response.output_item.added", output_index: index, item: { ...item, status: "in_progress", arguments: "" } },
      { type: "response.function_call_arguments.delta", item_id: item.id, output_index: index, delta: args },
      { type: "response.function_call_arguments.done", item_id: item.id, output_index: index, arguments: args },
      { type: "response.output_item.done", output_index: index, item },
    ],
    item,
  };
}
