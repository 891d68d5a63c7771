import {
  assistantMessage,
  ChatKitServer,
  generateId,
  widgetItem,
  type Action,
  type AttachmentStore,
  type AudioInput,
  type Ports,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type UserMessageItem,
  type WidgetItem,
  type WidgetRoot,
} from "chatkit-server";

const card = (value: string): WidgetRoot => ({ type: "Card", children: [{ type: "Text", value }] });

const attachmentStore = ({ publicUrl }: Ports): AttachmentStore<RequestContext> => ({
  async createAttachment({ name, mime_type }) {
    const id = generateId("attachment");
    return { id, type: "file", name, mime_type, upload_descriptor: { url: `${publicUrl}/upload/${id}`, method: "PUT", headers: {} } };
  },
  deleteAttachment: async () => {},
  read: async (id) => ({ data: new Uint8Array(), mime_type: "text/plain", name: id }),
});

/** Answers every operation of the protocol without any model: the text says what to answer. */
export default class EveryOperation extends ChatKitServer {
  /** Answers that somebody still waits for, and what the endless ones have said so far, in bytes. */
  readonly endless = { open: 0, said: 0 };

  constructor(ports: Ports) {
    super({ ...ports, attachmentStore: attachmentStore(ports) });
  }

  override async *respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    context: RequestContext,
  ): AsyncGenerator<ThreadStreamEvent> {
    const text = message?.content.map((part) => part.text).join("") ?? "";
    if (text === "endless") return yield* this.#endless();
    if (text === "widget") return yield widgetItem(card("first"));
    if (text === "tool") {
      const call = { type: "client_tool_call", call_id: "call_1", name: "read_page", arguments: {} } as const;
      return yield { type: "thread.item.done", item: call };
    }
    if (text === "questions") {
      const inputs = [{ type: "freeform" as const, id: "q1", question: "Which colour?" }];
      return yield { type: "thread.item.done", item: { type: "structured_input", inputs } };
    }
    const [last] = await this.store.recentItems(thread.id, 1, context);
    const more = last?.type === "client_tool_call" ? ` ${JSON.stringify(last.output)}` : "";
    yield assistantMessage(text ? `You said: ${text}` : `After ${last?.type}${more}`);
  }

  async *#endless(): AsyncGenerator<ThreadStreamEvent> {
    const delta = "x".repeat(100_000);
    const item = { id: generateId("message"), type: "assistant_message" as const, content: [] };
    this.endless.open += 1;
    try {
      yield { type: "thread.item.added", item };
      const content = { type: "output_text" as const, text: "" };
      yield {
        type: "thread.item.updated",
        item_id: item.id,
        update: { type: "assistant_message.content_part.added", content_index: 0, content },
      };
      for (;;) {
        yield {
          type: "thread.item.updated",
          item_id: item.id,
          update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta },
        };
        this.endless.said += delta.length;
        // As a model would: not all at once.
        await Bun.sleep(1);
      }
    } finally {
      this.endless.open -= 1;
    }
  }

  override async *action(_thread: ThreadMetadata, { type, payload }: Action, sender: WidgetItem | null): AsyncGenerator<ThreadStreamEvent> {
    yield assistantMessage(`${type} ${JSON.stringify(payload)} from ${sender?.type ?? "nobody"}`);
  }

  override async syncAction(thread: ThreadMetadata, { type }: Action, sender: WidgetItem | null, context: RequestContext) {
    if (!sender) return {};
    const updated_item = { ...sender, widget: card(type) };
    await this.store.saveItem(thread.id, updated_item, context);
    return { updated_item };
  }

  override async transcribe({ data, mediaType }: AudioInput) {
    return { text: `${data.byteLength} bytes of ${mediaType}` };
  }
}
