import type { ChatKitOptions, OpenAIChatKit } from "@openai/chatkit";
import "../../../src/ui/element/chatkit.ts";

const at = { thread_id: "thr", created_at: "2026-01-01T00:00:00.000Z" };
const thread = { id: "thr", created_at: at.created_at, title: "Long", status: { type: "active" }, metadata: {}, items: { data: [], has_more: false } };
const WORDS = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. ";

/** The item with that number; the person's and the assistant's take turns. */
function itemAt(index: number): object {
  const text = `Number ${index}. ${WORDS.repeat(1 + (index % 4))}`;
  if (index % 2 === 0) return { ...at, id: `i${index}`, type: "user_message", content: [{ type: "input_text", text: text.slice(0, 60) }], attachments: [], inference_options: {} };
  return { ...at, id: `i${index}`, type: "assistant_message", content: [{ type: "output_text", text, annotations: [] }] };
}

type Asked = { type: string; params: { thread_id?: string; after?: string; limit?: number } };

/** A server in the page: a thread of so many items, and answers of so many deltas, one every so many milliseconds; fewer after `finish`. */
function answers(count: number, deltas: number, everyMs: number) {
  return async (_url: string, init: RequestInit): Promise<Response> => {
    const { type, params } = JSON.parse(String(init.body)) as Asked;
    if (type === "threads.get_by_id") return Response.json(thread);
    if (type === "threads.list") return Response.json({ data: [thread], has_more: false });
    if (type === "items.list") return Response.json(pageBefore(params.after === undefined ? count : Number(params.after.slice(1)), params.limit!));
    return new Response(streamed(deltas, everyMs), { headers: { "content-type": "text/event-stream" } });
  };
}

function pageBefore(end: number, limit: number): object {
  const start = Math.max(0, end - limit);
  const data = Array.from({ length: end - start }, (_, index) => itemAt(end - 1 - index));
  return { data, has_more: start > 0, ...(start > 0 && { after: `i${start}` }) };
}

let answered = 0;
let isFinished = false;

function streamed(deltas: number, everyMs: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const frame = (event: object) => encoder.encode(`data: ${JSON.stringify(event)}\n\n`);
  isFinished = false;
  const number = ++answered;
  const item = { ...at, id: `new${number}`, type: "assistant_message", content: [] };
  const update = (text: string) => ({ type: "thread.item.updated", item_id: item.id, update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta: text } });
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(frame({ type: "thread.item.done", item: { ...(itemAt(0) as object), id: `asked${number}` } }));
      controller.enqueue(frame({ type: "thread.item.added", item }));
      let text = "";
      const say = (delta: string) => {
        text += delta;
        controller.enqueue(frame(update(delta)));
      };
      say(`Answer ${number}: `);
      const began = performance.now();
      for (let sent = 0; sent < deltas && !isFinished; ) {
        // Timers are late; what is due is sent together then.
        for (; sent < Math.min(deltas, (performance.now() - began) / everyMs); sent++) say(sent % 40 === 39 ? "word.\n\n" : "word ");
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      controller.enqueue(frame({ type: "thread.item.done", item: { ...item, content: [{ type: "output_text", text, annotations: [] }] } }));
      controller.close();
    },
  });
}

/** Shows a thread of so many items; resolves when its newest are there. */
async function open(count: number, deltas = 0, everyMs = 5, options: Partial<ChatKitOptions> = {}): Promise<void> {
  document.querySelector("openai-chatkit")?.remove();
  const chat = document.createElement("openai-chatkit") as OpenAIChatKit;
  chat.style.height = "100vh";
  document.body.style.margin = "0";
  document.body.append(chat);
  const loaded = new Promise<void>((resolve) => chat.addEventListener("chatkit.thread.load.end", () => resolve(), { once: true }));
  chat.setOptions({ api: { url: "/chatkit", domainKey: "", fetch: answers(count, deltas, everyMs) as unknown as typeof fetch }, initialThread: "thr", thread: { autoScroll: true }, ...options });
  await loaded;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}

/** Ends the answer that is being written. */
function finish(): void {
  isFinished = true;
}

/** Asks, and resolves when the answer is whole. */
async function ask(): Promise<void> {
  const chat = document.querySelector<OpenAIChatKit>("openai-chatkit")!;
  const ended = new Promise<void>((resolve) => chat.addEventListener("chatkit.response.end", () => resolve(), { once: true }));
  await chat.sendUserMessage({ text: "go on" });
  await ended;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}

/** The same text in the same pieces, appended to a list that is nothing else: what streaming costs at least. */
async function askBare(count: number, deltas: number, everyMs: number): Promise<void> {
  const box = document.createElement("div");
  box.style.cssText = "height: 100vh; overflow: auto; font: 16px/1.6 sans-serif";
  for (let index = 0; index < count; index++) {
    const line = document.createElement("p");
    line.textContent = `Number ${index}. ${WORDS.repeat(1 + (index % 4))}`;
    box.append(line);
  }
  document.body.replaceChildren(box);
  const response = await answers(0, deltas, everyMs)("", { body: JSON.stringify({ type: "threads.add_user_message", params: {} }) });
  const last = document.createElement("p");
  box.append(last);
  let scroll: number | undefined;
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const [, json] of value.matchAll(/^data: (.*)$/gm)) {
      const { update } = JSON.parse(json!) as { update?: { delta?: string } };
      if (update?.delta === undefined) continue;
      last.append(update.delta);
      scroll ??= requestAnimationFrame(() => {
        scroll = undefined;
        box.scrollTop = box.scrollHeight;
      });
    }
  }
}

/** What tests and the bench call. */
export type LongThread = { open: typeof open; ask: typeof ask; finish: typeof finish; askBare: typeof askBare };

Object.assign(window, { open, ask, finish, askBare } satisfies LongThread);
