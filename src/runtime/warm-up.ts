import { createApp } from "../http/app.ts";
import { ChatKitServer, type Ports } from "../server/chatkit-server.ts";
import type { Logger } from "../server/context.ts";

/** Requests that waited for the start are answered first. */
const AFTER_MS = 250;

const ignore = () => {};
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const SAMPLE = JSON.stringify({
  type: "threads.create",
  params: { input: { content: [{ type: "input_text", text: "Hi" }], attachments: [], inference_options: {} } },
});

/**
 * Soon after the start, answers a made-up message, with a store in memory and no log. Schemas, routes and the pipeline are compiled when
 * they are first used, and without this the first person would wait for it.
 */
export function warmUpSoon(logger: Logger): () => void {
  const timer = setTimeout(() => {
    rehearse()
      // Otherwise its garbage would stay in memory until the heap has grown for another reason.
      .then(() => Bun.gc(true))
      .catch((err: unknown) => logger.debug({ err }, "the warm-up failed"));
  }, AFTER_MS);
  return () => clearTimeout(timer);
}

/** @throws whatever an answer can fail with */
export async function rehearse(): Promise<void> {
  const { MemoryStore } = await import("../store/memory/store.ts");
  const requestContext = () => Promise.reject(new Error("no route of one's own here"));
  const ports: Ports = { store: new MemoryStore(), logger: SILENT, publicUrl: "http://localhost", requestContext, server: () => server };
  const server: ChatKitServer = new Rehearsal(ports);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: SAMPLE };
  const response = await createApp(server).request("/chatkit", init);
  if (!(await response.text()).includes("text_delta")) throw new Error("the rehearsal was not answered");
}

/** Without a run of an agent: it would save the first answer 5 ms, but keep 2 MiB more in memory. */
class Rehearsal extends ChatKitServer {
  override async *respond() {
    const item = { id: "m", type: "assistant_message" as const };
    yield { type: "thread.item.added" as const, item: { ...item, content: [] } };
    const update = { type: "assistant_message.content_part.text_delta" as const, content_index: 0, delta: "Hi" };
    yield { type: "thread.item.updated" as const, item_id: "m", update };
    yield { type: "thread.item.done" as const, item: { ...item, content: [{ text: "Hi" }] } };
  }
}
