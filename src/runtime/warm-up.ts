import { createApp } from "../http/app.ts";
import { ChatKitServer, type Ports } from "../server/chatkit-server.ts";
import type { Logger } from "../server/context.ts";

/** Who waits for the start is answered first. */
const AFTER_MS = 250;

const ignore = () => {};
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const SAMPLE = JSON.stringify({
  type: "threads.create",
  params: { input: { content: [{ type: "input_text", text: "Hi" }], attachments: [], inference_options: {} } },
});

/**
 * Soon after the start, answers a message that nobody sent, into memory and into no log. What an answer needs is only compiled
 * when it is first used: schemas, routes, the pipeline. Otherwise the first person waits for all of that.
 */
export function warmUpSoon(logger: Logger): () => void {
  const timer = setTimeout(() => {
    rehearse()
      // What the rehearsal leaves would stay until the heap has grown for another reason.
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

/** No agent runs: what that would keep in memory (2 MiB) is worth more than the 5 ms it saves the first answer. */
class Rehearsal extends ChatKitServer {
  override async *respond() {
    const item = { id: "m", type: "assistant_message" as const };
    yield { type: "thread.item.added" as const, item: { ...item, content: [] } };
    const update = { type: "assistant_message.content_part.text_delta" as const, content_index: 0, delta: "Hi" };
    yield { type: "thread.item.updated" as const, item_id: "m", update };
    yield { type: "thread.item.done" as const, item: { ...item, content: [{ text: "Hi" }] } };
  }
}
