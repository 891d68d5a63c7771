import { expect, test } from "bun:test";
import {
  ChatKitServer,
  diffWidget,
  MemoryStore,
  ResponseStreamConverter,
  ThreadItemConverter,
  type ActionConfig,
  type Attachment,
  type AttachmentStore,
  type Card,
  type Chart,
  type EntitySource,
  type Handler,
  type LoadingBehavior,
  type Ports,
  type RequestContext,
  type ThreadItemDoneEvent,
  type ThreadsCreateReq,
  type UrlCitation,
  type UserMessageItem,
  type UserMessageTagContent,
  type UserMessageTextContent,
  type WidgetRoot,
} from "../src/index.ts";
// The names of the Python SDK: that they are there is what is tested, by the compiler.
import type * as names from "../src/index.ts";
import { asker, ask, createThread, events, itemsOf, ports, Scripted } from "./support/chat.ts";

export type Requests = [names.ChatKitReq, names.StreamingReq, names.NonStreamingReq, names.ThreadsGetByIdReq, names.ThreadsListReq, names.ThreadsAddUserMessageReq, names.ThreadsAddClientToolOutputReq, names.ThreadsCustomActionReq, names.ThreadsRetryAfterItemReq, names.ItemsFeedbackReq, names.ItemsListReq, names.AttachmentsCreateReq, names.AttachmentsDeleteReq, names.ThreadsUpdateReq, names.ThreadsDeleteReq, names.ThreadCreateParams, names.AttachmentCreateParams, names.ItemsListParams, names.Page<string>];
export type Events = [names.ThreadCreatedEvent, names.ThreadUpdatedEvent, names.ThreadItemAddedEvent, names.ThreadItemUpdatedEvent, names.ThreadItemUpdated, names.ThreadItemRemovedEvent, names.ThreadItemReplacedEvent, names.StreamOptionsEvent, names.ProgressUpdateEvent, names.ClientEffectEvent, names.ErrorEvent, names.NoticeEvent, names.ThreadStreamEvent];
export type Updates = [names.AssistantMessageContentPartAdded, names.AssistantMessageContentPartTextDelta, names.AssistantMessageContentPartAnnotationAdded, names.AssistantMessageContentPartDone, names.WidgetStreamingTextValueDelta, names.WidgetRootUpdated, names.WidgetComponentUpdated, names.WorkflowTaskAdded, names.WorkflowTaskUpdated];
export type Parts = [names.ActiveStatus, names.LockedStatus, names.ClosedStatus, names.ToolChoice, names.AttachmentBase, names.CustomSummary, names.DurationSummary, names.SearchTask, names.CustomTask, names.ThoughtTask, names.FileTask, names.ImageTask, names.FeedbackKind, names.CardAction, names.ListViewItem, names.BasicRoot, names.WidgetStatus, names.WidgetIcon, names.BarSeries, names.XAxisConfig, names.CurveType];

test("the parts of requests and events have the Python SDK's names", async () => {
  const text: UserMessageTextContent = { type: "input_text", text: "Hi" };
  const tag: UserMessageTagContent = { type: "input_tag", id: "t", text: "Rome", data: { city: "Rome" }, interactive: false };
  const body: ThreadsCreateReq = { type: "threads.create", params: { input: { content: [text, tag], attachments: [], inference_options: {} } }, metadata: {} };
  const sent = await events(new Scripted(async function* () {}), body.type, body.params);
  const done = sent.find((event): event is ThreadItemDoneEvent => event.type === "thread.item.done");
  expect(done?.item).toMatchObject({ type: "user_message", content: [text, tag] });
});

const action: ActionConfig = { type: "go", payload: { to: 1 }, handler: "client" satisfies Handler, loadingBehavior: "self" satisfies LoadingBehavior, streaming: false };
const chart: Chart = { type: "Chart", data: [{ day: "Mon", cats: 3 }], series: [{ type: "bar", dataKey: "cats", label: "Cats" }], xAxis: { dataKey: "day" }, showLegend: true, height: 200 };

test("a widget has charts, and actions with a handler, a loading behaviour and their way, wherever the client takes them", async () => {
  const card: Card = {
    type: "Card",
    confirm: { label: "Go", action },
    children: [chart, { type: "Row", children: [{ type: "Button", label: "Go", onClickAction: action }, { type: "Col", children: [chart] }] }],
  };
  const list: WidgetRoot = { type: "ListView", children: [{ type: "ListViewItem", onClickAction: action, children: [chart] }] };
  const basic: WidgetRoot = { type: "Basic", children: [card, chart] };
  const server = new Scripted(async function* () {
    for (const widget of [card, list, basic]) yield { type: "thread.item.done" as const, item: { type: "widget" as const, widget } };
  });
  const { threadId } = await createThread(server);
  const shown = (await itemsOf(server, threadId)).flatMap((item) => (item.type === "widget" ? [item.widget] : []));
  expect(shown).toEqual([card, list, basic]);
  expect(diffWidget(card, { ...card, children: [{ ...chart, showLegend: false }] })).toHaveLength(1);
});

test("an entity has any icon that the client's own entities may have", async () => {
  const source: EntitySource = { type: "entity", id: "e", title: "Pier", icon: "an-icon-of-tomorrow", interactive: true, data: {} };
  const server = new Scripted(async function* () {
    yield { type: "thread.item.done" as const, item: { type: "assistant_message" as const, content: [{ text: "There.", annotations: [{ source }] }] } };
  });
  const { threadId } = await createThread(server);
  expect(JSON.stringify(await itemsOf(server, threadId))).toContain("an-icon-of-tomorrow");
});

const message: UserMessageItem = {
  id: "msg_1", thread_id: "thr_1", created_at: "2026-01-01T00:00:00.000Z", type: "user_message", inference_options: {},
  content: [{ type: "input_tag", id: "t", text: "Rome", data: {}, interactive: false }],
  attachments: [{ type: "file", id: "a", name: "a.txt", mime_type: "text/plain" }],
};

class AtOnce extends ThreadItemConverter {
  override attachmentToMessageContent(attachment: Attachment) {
    return { type: "input_text" as const, text: `file ${attachment.name}` };
  }
  override tagToMessageContent(tag: UserMessageTagContent) {
    return { type: "input_text" as const, text: `city ${tag.text}` };
  }
}

class Citing extends ResponseStreamConverter {
  override base64ImageToUrl(imageId: string) {
    return `https://images.example/${imageId}`;
  }
  override urlCitationToAnnotation({ url }: UrlCitation) {
    return { type: "annotation" as const, source: { type: "url" as const, url, title: "Page" } };
  }
}

test("the hooks of converters may answer at once", async () => {
  expect(JSON.stringify(await new AtOnce().toAgentInput(message))).toMatch(/file a\.txt.*city Rome/);
  expect([new Citing().base64ImageToUrl("i"), new Citing().urlCitationToAnnotation({ type: "url_citation", url: "https://a.example" }).source.title]).toEqual(["https://images.example/i", "Page"]);
});

test.each([
  [{ type: "image_url", image_url: { url: "https://a.example/x.png" } }, /"image_url".*input_image/],
  [{ type: "input_image", image_url: "https://a.example/x.png" }, /"input_image" without "image"/],
  [{ type: "input_file", file_data: "data:," }, /"input_file" without "file"/],
  [{ type: "text", text: "x" }, /"text".*input_text/],
  [{ text: "x" }, /"undefined".*a part is one of/],
])("a part of a message that no model would get is an error: %j", async (part, words) => {
  class Wrong extends ThreadItemConverter {
    override attachmentToMessageContent() {
      return part as never;
    }
  }
  await expect(new Wrong().toAgentInput(message)).rejects.toThrow(words);
});

test("createAttachment may leave out what has a default", async () => {
  const files: AttachmentStore<RequestContext> = {
    createAttachment: async ({ name, mime_type }) => ({ type: "file", id: "atc_1", name, mime_type, upload_descriptor: { url: "https://up.example/1", method: "PUT" } }),
    deleteAttachment: async () => {},
    read: () => Promise.reject(new Error("not read here")),
  };
  const all: Ports = { ...ports(), attachmentStore: files };
  const server = new Scripted(async function* () {}, all);
  const created = await ask<Attachment>(server, "attachments.create", { name: "a.txt", size: 1, mime_type: "text/plain" });
  expect(created.upload_descriptor).toEqual({ url: "https://up.example/1", method: "PUT", headers: {} });
});

test("a store needs no more of a context than whose rows they are", async () => {
  const store = new MemoryStore();
  const server: ChatKitServer = new Scripted(async function* () {}, ports(store));
  const { threadId } = await createThread(server, "hi", asker("ada"));
  expect((await server.store.loadThread(threadId, { userId: "ada" })).id).toBe(threadId);
  expect((await store.loadThreadItems(threadId, null, 5, "asc", { userId: "ada" })).data).toHaveLength(1);
  await expect(server.store.loadThread(threadId, { userId: "eve" })).rejects.toThrow("Thread not found");
});
