import { createApp } from "../http/app.ts";
import type { ChatKitServer, Ports } from "../server/chatkit-server.ts";
import type { Logger } from "../server/context.ts";

/** Who waits for the start is answered first. */
const AFTER_MS = 10;

const ignore = () => {};
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const SAMPLE = JSON.stringify({
  type: "threads.create",
  params: { input: { content: [{ type: "input_text", text: "Hi" }], attachments: [], inference_options: {} } },
});

/**
 * Soon after the start, answers a message that nobody sent, into memory and into no log. What an answer needs is only compiled
 * when it is first used: schemas, routes, the run of an agent. Otherwise the first person waits for all of that.
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
  const [{ RehearsalServer }, { MemoryStore }] = await Promise.all([
    import("../agents/rehearsal.ts"),
    import("../store/memory-store.ts"),
  ]);
  const requestContext = () => Promise.reject(new Error("no route of one's own here"));
  const ports: Ports = { store: new MemoryStore(), logger: SILENT, publicUrl: "http://localhost", requestContext, server: () => server };
  const server: ChatKitServer = new RehearsalServer(ports);
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: SAMPLE };
  const response = await createApp(server).request("/chatkit", init);
  if (!(await response.text()).includes("text_delta")) throw new Error("the rehearsal was not answered");
}
