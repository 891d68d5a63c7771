import type { Action } from "../../../src/protocol/actions.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";
import type { ThreadItem, UserMessageItem, WidgetItem } from "../../../src/protocol/items.ts";
import type { ThreadMetadata } from "../../../src/protocol/thread.ts";
import { ChatKitServer, type Ports } from "../../../src/server/chatkit-server.ts";
import { hiddenContext, progress } from "../../../src/server/builders.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { generateId } from "../../../src/store/ids.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Simulation } from "./simulation.ts";

type Events = AsyncGenerator<ThreadStreamEvent, void>;
type Text = { type: "Text"; id: string; value: string };

const STEPS = ["say", "say", "say", "take back", "say and trip", "widget", "widget", "title", "progress", "hidden", "keep a state", "think"] as const;
const LAST_STEPS = ["call a tool", "ask", "fail", "end", "end", "end", "end"] as const;

/** The log takes what people click, the stream what answers write. Both are changed by whoever changes the widget. */
const BOARD = { type: "Card" as const, children: [textOf("log"), textOf("stream")] };

function textOf(id: string): Text {
  return { type: "Text", id, value: "" };
}

/** Answers as the seed says. Every word that it says is a word that nobody has said before, so what becomes of each can be told. */
export class SimulatedAgent extends ChatKitServer {
  constructor(
    private readonly simulation: Simulation,
    private readonly owner: SimulatedProcess,
    ports: Ports,
  ) {
    super(ports);
  }

  override getStreamOptions(): { allow_cancel: boolean } {
    return { allow_cancel: !this.simulation.weather.random.once(5) };
  }

  override respond(thread: ThreadMetadata, _message: UserMessageItem | null, context: RequestContext): Events {
    return this.#answer(thread, context);
  }

  override async *action(thread: ThreadMetadata, _action: Action, sender: WidgetItem | null, context: RequestContext): Events {
    await this.#model();
    if (sender && this.simulation.weather.random.once(4)) yield { type: "thread.item.removed", item_id: sender.id };
    else if (sender) yield { type: "thread.item.replaced", item: withText(sender, "stream", `${this.#word()} `) };
    yield* this.#answer(thread, context);
  }

  override async syncAction(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext): Promise<{ updated_item?: ThreadItem }> {
    await this.simulation.scheduler.sleep(this.simulation.weather.between(0, 30), this.owner);
    if (!sender) return {};
    const updated_item = withText(sender, "log", `${(action.payload as { word: string }).word} `);
    await this.store.saveItem(thread.id, updated_item, context);
    return { updated_item };
  }

  /** What a hook that fails has begun is not kept. */
  async *#answer(thread: ThreadMetadata, context: RequestContext): Events {
    try {
      yield* this.#steps(thread, context);
      this.simulation.history.add({ kind: "returns", threadId: thread.id });
    } catch (error) {
      this.simulation.history.add({ kind: "throws", threadId: thread.id, why: (error as Error).message });
      throw error;
    }
  }

  #takenBack(itemId: string): ThreadStreamEvent {
    this.simulation.history.add({ kind: "takes back", itemId });
    return { type: "thread.item.removed", item_id: itemId };
  }

  async *#steps(thread: ThreadMetadata, context: RequestContext): Events {
    const { random } = this.simulation.weather;
    const said: string[] = [];
    for (let i = random.below(4); i >= 0; i--) {
      switch (random.pick(STEPS)) {
        case "say":
          yield* this.#say(said);
          break;
        case "take back":
          yield* this.#say(said, false);
          await this.#model();
          yield this.#takenBack(said.pop()!);
          break;
        case "say and trip":
          if (!random.once(3)) break;
          yield* this.#say(said, random.once(2));
          for (const itemId of said) yield this.#takenBack(itemId);
          throw new Error("a guardrail has tripped");
        case "widget":
          yield* this.#board();
          break;
        case "title":
          thread.title = this.#word();
          break;
        case "progress":
          yield progress(this.#word());
          break;
        case "hidden":
          yield hiddenContext(this.#word());
          break;
        case "keep a state":
          await this.store.saveRunState(thread.id, this.#word(), context);
          break;
        case "think":
          await this.#model();
      }
    }
    yield* this.#end();
  }

  async *#end(): Events {
    switch (this.simulation.weather.random.pick(LAST_STEPS)) {
      case "call a tool":
        await this.#model();
        return yield { type: "thread.item.done", item: { type: "client_tool_call", call_id: this.#word(), name: "pick", arguments: {} } };
      case "ask":
        await this.#model();
        return yield { type: "thread.item.done", item: { type: "structured_input", inputs: [{ id: "q", type: "freeform", question: this.#word() }] } };
      case "fail":
        throw new Error("the model has failed");
    }
  }

  async *#say(said: string[], isDone = true): Events {
    const { random } = this.simulation.weather;
    const id = generateId("message");
    await this.#model();
    said.push(id);
    yield { type: "thread.item.added", item: { id, type: "assistant_message", content: [] } };
    let text = "";
    for (let i = random.below(6); i >= 0; i--) {
      await this.#model();
      const delta = `${this.#word()} `;
      text += delta;
      yield { type: "thread.item.updated", item_id: id, update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta } };
    }
    if (isDone) yield { type: "thread.item.done", item: { id, type: "assistant_message", content: [{ text }] } };
  }

  /** A widget that goes on being written once it is stored. */
  async *#board(): Events {
    const id = generateId("widget");
    yield { type: "thread.item.done", item: { id, type: "widget", widget: BOARD } };
    for (let i = this.simulation.weather.random.below(6); i >= 0; i--) {
      await this.#model();
      const update = { type: "widget.streaming_text.value_delta" as const, component_id: "stream", delta: `${this.#word()} `, done: false };
      yield { type: "thread.item.updated", item_id: id, update };
    }
  }

  #word(): string {
    return this.simulation.word();
  }

  /** Waits for the model, which may say nothing for long, or fail. */
  async #model(): Promise<void> {
    const { weather, scheduler } = this.simulation;
    if (weather.strikes("failing model", 60)) throw new Error("the model is away");
    await scheduler.sleep(weather.strikes("silent model", 20) ? weather.between(2000, 20_000) : weather.between(0, 300), this.owner);
  }
}

function withText<W extends WidgetItem>(item: W, id: string, more: string): W {
  const { children } = item.widget as unknown as typeof BOARD;
  const changed = children.map((child) => (child.id === id ? { ...child, value: child.value + more } : child));
  return { ...item, widget: { ...item.widget, children: changed } };
}
