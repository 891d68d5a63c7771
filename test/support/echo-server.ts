import {
  assistantMessage,
  ChatKitServer,
  clientEffect,
  createApp,
  generateId,
  hiddenContext,
  MemoryStore,
  widgetItem,
  type Action,
  type Attachment,
  type AttachmentCreateParams,
  type AttachmentStore,
  type FeedbackKind,
  type Ports,
  type RequestContext,
  type ThreadItem,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserMessageItem,
  type WidgetItem,
} from "../../src/index.ts";
import { answer, BUTTON, card } from "./echo-answers.ts";

/** The server of the recorded `echo` transcripts, written anew with the public API. */
export function startEchoServer() {
  const echo = serve((ports) => new EchoServer(ports));
  return { ...echo, feedback: echo.server.feedback };
}

/**
 * A server over HTTP on a free loopback port, with the route of the recorded app that is not the protocol's: where attachments
 * are uploaded to.
 */
export function serve<S extends ChatKitServer>(build: (ports: Ports) => S) {
  const store = new MemoryStore<RequestContext>();
  const server: S = build({
    store,
    attachmentStore: new EchoAttachments(store, () => url),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    publicUrl: "http://127.0.0.1",
    requestContext: () => Promise.reject(new Error("no routes here ask for a context")),
    server: () => server,
  });
  const app = createApp(server);
  app.put("/upload/:id", async (c) => {
    const context = { userId: c.req.header("x-user-id") ?? "local" } as RequestContext;
    const { upload_descriptor: _, ...uploaded } = await store.loadAttachment(c.req.param("id"), context);
    await store.saveAttachment(uploaded as Attachment, context);
    return c.body(null, 204);
  });
  const http = Bun.serve({ hostname: "127.0.0.1", port: 0, development: false, reusePort: false, idleTimeout: 0, fetch: app.fetch });
  const url = http.url.origin;
  return { url, server, store, stop: () => http.stop(true) };
}

class EchoServer extends ChatKitServer {
  readonly feedback: { thread_id: string; item_ids: string[]; kind: FeedbackKind; user: string }[] = [];

  override async *respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: RequestContext,
  ): AsyncIterable<ThreadStreamEvent> {
    if (message === null) {
      const [last] = await this.store.recentItems(thread.id, 1, context);
      return yield assistantMessage(`continued after ${last?.type}`);
    }
    const text = message.content.map((part) => (part.type === "input_text" ? part.text : "")).join("");
    yield* answer({ thread, context, text });
  }

  override async *action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null): AsyncIterable<ThreadStreamEvent> {
    const shown = (value: string) => card({ type: "Text", value }, BUTTON);
    switch (action.type) {
      case "stream":
        return yield widgetItem(shown("from an action"));
      case "title":
        thread.title = (action.payload as { title: string }).title;
        return yield clientEffect("titled");
      case "hidden":
        yield hiddenContext(action.payload);
        return yield clientEffect("noted");
    }
    if (sender && action.type === "replace")
      yield { type: "thread.item.replaced", item: { ...sender, widget: shown("replaced by an action") } };
    else if (sender && action.type === "root") {
      yield { type: "thread.item.updated", item_id: sender.id, update: { type: "widget.root.updated", widget: shown("root updated") } };
    } else if (sender && action.type === "remove") yield { type: "thread.item.removed", item_id: sender.id };
    else yield assistantMessage(`action ${action.type} payload ${python(action.payload)} sender ${sender?.type ?? "None"}`);
  }

  override async syncAction(
    thread: ThreadMetadata,
    action: Action,
    sender: WidgetItem | null,
    context: RequestContext,
  ): Promise<{ updated_item?: ThreadItem }> {
    if (action.type === "none") return {};
    if (action.type === "boom") throw new Error("on purpose");
    if (sender && action.type === "update") {
      const updated_item = { ...sender, widget: card({ type: "Text", value: "sync updated" }, BUTTON) };
      await this.store.saveItem(thread.id, updated_item, context);
      return { updated_item };
    }
    const content = [{ type: "output_text" as const, text: `sync ${action.type} ${python(action.payload)}`, annotations: [] }];
    const base = { id: generateId("message"), thread_id: thread.id, created_at: new Date().toISOString() };
    return { updated_item: { ...base, type: "assistant_message", content } };
  }

  override async addFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: RequestContext): Promise<void> {
    await super.addFeedback(threadId, itemIds, kind, context);
    this.feedback.push({ thread_id: threadId, item_ids: itemIds, kind, user: context.userId });
  }

  override async transcribe({
    data,
    mimeType,
    mediaType,
  }: {
    data: Uint8Array;
    mimeType: string;
    mediaType: string;
  }): Promise<{ text: string }> {
    return { text: `${data.byteLength} bytes of ${mediaType} (${mimeType})` };
  }
}

/** Records only: what is uploaded is thrown away. */
class EchoAttachments implements AttachmentStore<RequestContext> {
  constructor(
    readonly store: MemoryStore<RequestContext>,
    readonly origin: () => string,
  ) {}

  async createAttachment({ name, size, mime_type }: AttachmentCreateParams): Promise<Attachment> {
    const id = generateId("attachment");
    const upload_descriptor = { url: `${this.origin()}/upload/${id}`, method: "PUT" as const, headers: {} };
    const base = { id, name, mime_type, upload_descriptor, metadata: { secret: "never on the wire", size } };
    return mime_type.startsWith("image/")
      ? { ...base, type: "image", preview_url: `${this.origin()}/preview/${id}` }
      : { ...base, type: "file" };
  }

  async deleteAttachment(): Promise<void> {}

  read(): never {
    throw new Error("nothing here reads attachments");
  }
}

/** A JSON value as Python's repr writes it: the recorded server put payloads into its texts so. */
function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string")
    return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${python(key)}: ${python(inner)}`)
    .join(", ")}}`;
}
