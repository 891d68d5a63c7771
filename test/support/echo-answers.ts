import {
  assistantMessage,
  CustomStreamError,
  generateId,
  hiddenContext,
  progress,
  streamWidget,
  widgetItem,
  type Annotation,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type WidgetRoot,
} from "../../src/index.ts";

/** What the recorded echo server answers: the user's text selects it, and any other text is repeated. */
export type EchoTurn = { thread: ThreadMetadata; context: RequestContext; text: string };
type Answer = (turn: EchoTurn) => AsyncIterable<ThreadStreamEvent> | Iterable<ThreadStreamEvent>;
type Part = "added" | "text_delta" | "done";

export async function* answer(turn: EchoTurn): AsyncGenerator<ThreadStreamEvent, void> {
  const words = /^echo (\d+)(?: (\d+))?$/.exec(turn.text);
  if (words) yield* wordByWord(turn, Number(words[1]), Number(words[2] ?? 0));
  else if (Object.hasOwn(ANSWERS, turn.text)) yield* ANSWERS[turn.text]!(turn);
  else yield assistantMessage(`You said: ${turn.text}`);
}

const ANSWERS: Record<string, Answer> = {
  *empty() {},
  *domains({ thread }) {
    thread.allowed_image_domains = ["images.example.com", "*.example.org"];
    yield assistantMessage("domains set");
  },
  *progress() {
    yield progress("no icon");
    yield progress("searching…", "search");
    yield assistantMessage("done");
  },
  annotations,
  parts,
  image,
  workflow,
  "workflow reasoning": reasoning,
  "slow pending": slowPending,
  "structured input": structuredInput,

  *title({ thread }) {
    thread.title = "A title";
    yield assistantMessage("titled");
  },
  *"title end"({ thread }) {
    yield assistantMessage("then titled");
    thread.title = "Set at the end";
  },
  *"title only"({ thread }) {
    thread.title = "Nothing else";
  },
  *"title twice"({ thread }) {
    thread.title = "First";
    yield progress("one");
    yield progress("no change");
    thread.title = "Second";
    yield assistantMessage("titled");
  },

  *error(turn) {
    const { id, item } = message(turn);
    yield { type: "thread.item.added", item };
    yield part(id, "added", 0, "");
    for (const word of ["word0 ", "word1 "]) yield part(id, "text_delta", 0, word);
    throw new Error("on purpose");
  },
  *"error with title"({ thread }) {
    thread.title = "set before the error";
    throw new Error("on purpose");
  },
  *"custom error"() {
    throw new CustomStreamError("Nope: é");
  },
  *"custom error retry"() {
    throw new CustomStreamError("You may try again", { allowRetry: true });
  },
  async *late(turn) {
    const { id, item } = message(turn);
    yield { type: "thread.item.added", item };
    await Bun.sleep(5000);
    yield part(id, "added", 0, "");
  },

  *hidden() {
    yield hiddenContext({ secret: "hidden one" });
    yield assistantMessage("visible");
    yield { type: "thread.item.done", item: { type: "sdk_hidden_context", content: "hidden two" } };
  },
  *"hidden added"() {
    const item = { id: generateId("message"), type: "hidden_context_item", content: { secret: 1 } } as const;
    yield { type: "thread.item.added", item };
    yield { type: "thread.item.replaced", item };
  },

  *"client tool"() {
    yield clientToolCall(0);
  },
  *"client tool two"() {
    yield clientToolCall(0);
    yield clientToolCall(1);
  },

  *widget() {
    yield widgetItem(
      { ...card({ type: "Text", value: "A card" }, BUTTON), key: "k1", size: "md", confirm: { label: "OK", action: { type: "stream" } } },
      "A card",
    );
  },
  *"basic widget"() {
    yield widgetItem({
      type: "Basic",
      children: { type: "Text", value: "single child", id: null },
      gap: 0,
      flag: false,
      theme: null,
    } as never);
  },
  "stream widget": ({ thread }) =>
    renderings(thread, "Hello, world", [
      ...["Hel", "Hello", "Hello, wor", "Hello, world"].map((value) => card({ type: "Text", id: "t", value, streaming: true }, BUTTON)),
      ...["Hello, world", "Bye"].map((value) => card({ type: "Text", id: "t", value, streaming: false }, BUTTON)),
    ]),
  "bad stream widget": ({ thread }) =>
    renderings(thread, undefined, [
      card({ type: "Text", id: "t", value: "Hello", streaming: true }, BUTTON),
      card({ type: "Text", id: "u", value: "x" }),
      card({ type: "Text", id: "late", value: "x" }),
    ]),
  "widget updates": widgetUpdates,
};

/** The button on every widget of the echo server. */
export const BUTTON = { type: "Button", label: "Go", onClickAction: { type: "message", payload: { n: 1 } } } as const;

export function card(...children: object[]): Extract<WidgetRoot, { type: "Card" }> {
  return { type: "Card", children } as Extract<WidgetRoot, { type: "Card" }>;
}

const item = (turn: EchoTurn, prefix: "message" | "workflow" = "message") => ({
  id: generateId(prefix),
  thread_id: turn.thread.id,
  created_at: new Date().toISOString(),
});

function message(turn: EchoTurn) {
  const base = item(turn);
  return { id: base.id, item: { ...base, type: "assistant_message" as const, content: [] } };
}

function part(itemId: string, kind: Part, index: number, text: string): ThreadStreamEvent {
  const at = { content_index: index };
  const content = { type: "output_text" as const, text, annotations: [] };
  const update =
    kind === "text_delta"
      ? { type: "assistant_message.content_part.text_delta" as const, ...at, delta: text }
      : { type: `assistant_message.content_part.${kind}` as const, ...at, content };
  return { type: "thread.item.updated", item_id: itemId, update };
}

async function* wordByWord(turn: EchoTurn, count: number, delayMs: number): AsyncGenerator<ThreadStreamEvent> {
  const { id, item } = message(turn);
  yield { type: "thread.item.added", item };
  yield part(id, "added", 0, "");
  let text = "";
  for (let i = 0; i < count; i++) {
    if (delayMs > 0) await Bun.sleep(delayMs);
    text += `word${i} `;
    yield part(id, "text_delta", 0, `word${i} `);
  }
  yield part(id, "done", 0, text);
  yield { type: "thread.item.done", item: { ...item, content: [{ type: "output_text", text, annotations: [] }] } };
}

function* parts(turn: EchoTurn): Generator<ThreadStreamEvent> {
  const { id, item } = message(turn);
  yield { type: "thread.item.added", item };
  for (const index of [0, 1]) {
    yield part(id, "added", index, "");
    yield part(id, "text_delta", index, `part ${index}`);
    yield part(id, "done", index, `part ${index}`);
  }
  yield { type: "thread.item.done", item: { ...item, content: [0, 1].map((index) => ({ text: `part ${index}` })) } };
}

const ANNOTATIONS: Annotation[] = [
  {
    type: "annotation",
    source: {
      type: "url",
      title: "A",
      description: "d",
      timestamp: "2024-01-01",
      group: "g",
      url: "https://example.com/a",
      attribution: "Example",
    },
    index: 3,
  },
  { type: "annotation", source: { type: "file", title: "Report", filename: "report.pdf" }, index: 7 },
  {
    type: "annotation",
    source: {
      type: "entity",
      title: "Entity",
      id: "e1",
      icon: "profile",
      label: "L",
      inline_label: "IL",
      interactive: true,
      data: { k: null, n: 1 },
    },
  },
  { type: "annotation", source: { type: "entity", title: "Bare entity", id: "e2", interactive: false, data: {} }, index: 0 },
];

function* annotations(turn: EchoTurn): Generator<ThreadStreamEvent> {
  const { id, item } = message(turn);
  const content = { type: "output_text" as const, text: "See the sources.", annotations: ANNOTATIONS };
  yield { type: "thread.item.added", item };
  yield part(id, "added", 0, "");
  yield part(id, "text_delta", 0, content.text);
  for (const [annotation_index, annotation] of ANNOTATIONS.entries()) {
    const update = { type: "assistant_message.content_part.annotation_added", content_index: 0, annotation_index, annotation } as const;
    yield { type: "thread.item.updated", item_id: id, update };
  }
  yield { type: "thread.item.updated", item_id: id, update: { type: "assistant_message.content_part.done", content_index: 0, content } };
  yield { type: "thread.item.done", item: { ...item, content: [content] } };
}

function* image(turn: EchoTurn): Generator<ThreadStreamEvent> {
  const base = { ...item(turn), type: "generated_image" as const };
  const shown = (name: string | number) => ({ id: "img1", url: `https://images.example.com/${name}.png` });
  yield { type: "thread.item.added", item: base };
  for (const [index, progress] of [0, 0.5, 1, undefined].entries()) {
    yield { type: "thread.item.updated", item_id: base.id, update: { type: "generated_image.updated", image: shown(index), progress } };
  }
  yield { type: "thread.item.done", item: { ...base, image: shown("final") } };
}

function* workflow(turn: EchoTurn): Generator<ThreadStreamEvent> {
  const base = { ...item(turn, "workflow"), type: "workflow" as const };
  const source = {
    type: "url",
    title: "Ex",
    description: "d",
    timestamp: "2020",
    group: "g",
    url: "https://example.com",
    attribution: "attr",
  } as const;
  const first = { type: "custom", title: "Start", icon: "bolt", content: "c0", status_indicator: "loading" } as const;
  const added = [
    { type: "web_search", title: "Search", title_query: "q", queries: ["a", "b"], sources: [source], status_indicator: "loading" },
    { type: "file", title: "Files", sources: [{ type: "file", title: "F", filename: "f.txt" }] },
    { type: "image", title: "Image" },
    { type: "thought", content: "a thought" },
    { type: "custom" },
    { type: "custom", title: "vendor", icon: "vendor:acme" },
    { type: "custom", title: "lucide", icon: "lucide:check", status_indicator: "complete" },
  ] as const;
  const renewed = { type: "custom", title: "Start", icon: "check", status_indicator: "complete" } as const;
  yield { type: "thread.item.added", item: { ...base, workflow: { type: "custom", tasks: [first], expanded: true } } };
  for (const [i, task] of added.entries()) {
    yield {
      type: "thread.item.updated",
      item_id: base.id,
      update: { type: "workflow.task.added", task_index: i + 1, task: task as never },
    };
  }
  yield { type: "thread.item.updated", item_id: base.id, update: { type: "workflow.task.updated", task_index: 0, task: renewed } };
  const tasks = [renewed, ...added] as never[];
  yield {
    type: "thread.item.done",
    item: { ...base, workflow: { type: "custom", tasks, summary: { title: "All done", icon: "check-circle" }, expanded: false } },
  };
}

function* reasoning(turn: EchoTurn): Generator<ThreadStreamEvent> {
  const base = { ...item(turn, "workflow"), type: "workflow" as const };
  const first = { type: "thought", content: "Thinking" } as const;
  const last = { type: "thought", title: "Title", content: "Thinking more", status_indicator: "complete" } as const;
  yield { type: "thread.item.added", item: { ...base, workflow: { type: "reasoning", tasks: [] } } };
  yield { type: "thread.item.updated", item_id: base.id, update: { type: "workflow.task.added", task_index: 0, task: first } };
  yield { type: "thread.item.updated", item_id: base.id, update: { type: "workflow.task.updated", task_index: 0, task: last } };
  yield { type: "thread.item.done", item: { ...base, workflow: { type: "reasoning", tasks: [last], summary: { duration: 3 } } } };
  yield assistantMessage("after the thought");
}

async function* slowPending(turn: EchoTurn): AsyncGenerator<ThreadStreamEvent> {
  const tasks = [{ type: "custom" as const, title: "pending" }];
  yield { type: "thread.item.added", item: { ...item(turn, "workflow"), type: "workflow", workflow: { type: "custom", tasks } } };
  yield {
    type: "thread.item.added",
    item: { ...item(turn), type: "widget", widget: card({ type: "Text", id: "t", value: "pending" }, BUTTON) },
  };
  yield { type: "thread.item.added", item: message(turn).item };
  yield* wordByWord(turn, 200, 20);
}

function clientToolCall(n: number): ThreadStreamEvent {
  const args = { project: "p1", none: null, n, nested: { x: null, y: [null, 1.0] } };
  return {
    type: "thread.item.done",
    item: { type: "client_tool_call", call_id: `call_${generateId("tool_call")}`, name: "get_selection", arguments: args },
  };
}

function* structuredInput(): Generator<ThreadStreamEvent> {
  const inputs = [
    { type: "multiple_choice" as const, id: "q1", question: "Pick one", options: [{ value: "A" }, { value: "B" }] },
    { type: "multiple_choice" as const, id: "q2", question: "Pick many", options: [{ value: "X" }, { value: "Y" }], multiple: true },
    { type: "freeform" as const, id: "q3", question: "Say more", description: "Anything" },
    { type: "freeform" as const, id: "q4", question: "And more" },
  ];
  yield { type: "thread.item.done", item: { type: "structured_input", inputs } };
}

async function* renderings(thread: ThreadMetadata, copyText: string | undefined, widgets: WidgetRoot[]): AsyncGenerator<ThreadStreamEvent> {
  yield* streamWidget(
    thread,
    (async function* () {
      yield* widgets;
    })(),
    copyText,
  );
}

function* widgetUpdates(turn: EchoTurn): Generator<ThreadStreamEvent> {
  const shown = { ...item(turn), type: "widget" as const, widget: card({ type: "Text", id: "t", value: "one", streaming: true }, BUTTON) };
  const at = { type: "thread.item.updated", item_id: shown.id } as const;
  yield { type: "thread.item.added", item: shown };
  yield { ...at, update: { type: "widget.streaming_text.value_delta", component_id: "t", delta: " two", done: false } };
  yield {
    ...at,
    update: { type: "widget.component.updated", component_id: "t", component: { type: "Text", id: "t", value: "three", weight: "bold" } },
  };
  const list = {
    type: "ListView",
    children: [{ type: "ListViewItem", key: "k", children: [{ type: "Text", value: "in list" }] }],
    status: { text: "ok" },
  };
  yield { ...at, update: { type: "widget.root.updated", widget: list as WidgetRoot } };
  yield { type: "thread.item.done", item: shown };
}
