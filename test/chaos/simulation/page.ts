import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { Page as PageOf, Thread } from "../../../src/protocol/thread.ts";
import { Connection, type Reply } from "./connection.ts";
import type { Wish } from "./history.ts";
import type { Simulation } from "./simulation.ts";

type Outcome = { reply: Reply; ended?: "end" | "cut" | "left"; error?: { allow_retry: boolean } };
type Deed = [weight: number, deed: () => Promise<unknown>];

const TIMES = 5;
const PATIENCE_MS = 60_000;

/** One page of the chat, and the person before it, who is not always patient. */
export class Page {
  constructor(
    private readonly simulation: Simulation,
    readonly name: string,
  ) {}

  /** Does one thing after another until things have become calm. */
  async live(): Promise<void> {
    const { simulation } = this;
    // The processes start first.
    await simulation.scheduler.sleep(10);
    await this.#create();
    while (!simulation.isCalm) {
      await simulation.scheduler.sleep(simulation.weather.between(0, 2500));
      await this.#something();
    }
  }

  /** Sends a message into that thread, as somebody who waits for an answer. */
  probe(threadId: string): Promise<Outcome> {
    return this.#wish("threads.add_user_message", { thread_id: threadId, input: message(`probe ${threadId}`) }, { probes: threadId });
  }

  async #something(): Promise<void> {
    const { weather } = this.simulation;
    const { random } = weather;
    const thread = random.pick(this.simulation.threads);
    if (!thread) return void (await this.#create());
    const { id, widgets, call, questions, messages } = thread;
    const deeds: Deed[] = [
      [2, () => this.#create()],
      [6, () => this.#say(id)],
      [weather.has("repeating reader") ? 1 : 0, () => this.#twice(id)],
      [3, () => this.#read(id)],
      [1, () => this.#wish("threads.update", { thread_id: id, title: this.simulation.word() })],
      [random.once(4) ? 1 : 0, () => this.#wish("threads.delete", { thread_id: id })],
      [messages.length > 0 ? 1 : 0, () => this.#wish("threads.retry_after_item", { thread_id: id, item_id: random.pick(messages) })],
      [widgets.length > 0 ? 3 : 0, () => this.#click(id, random.pick(widgets))],
      [widgets.length > 0 ? 2 : 0, () => this.#untilAnswered("threads.custom_action", { thread_id: id, item_id: random.pick(widgets), action: { type: "go", payload: this.simulation.word() } })],
      [call ? 6 : 0, () => this.#untilAnswered("threads.add_client_tool_output", { thread_id: id, result: { word: this.simulation.word() } })],
      [questions ? 6 : 0, () => this.#untilAnswered("threads.add_structured_input", { thread_id: id, item_id: questions, input: { status: "answered", answers: { q: { values: [this.simulation.word()] } } } })],
    ];
    let left = random.below(deeds.reduce((sum, [weight]) => sum + weight, 0));
    await deeds.find(([weight]) => (left -= weight) < 0)![1]();
  }

  #create(): Promise<Outcome> {
    return this.#wish("threads.create", { input: message(this.simulation.word()) });
  }

  /** Sends a message; perhaps stops the answer and perhaps sends the same once more, at once or when something went wrong. */
  async #say(threadId: string): Promise<void> {
    const { weather } = this.simulation;
    const params = { thread_id: threadId, input: message(this.simulation.word()) };
    const { reply, ended, error } = await this.#wish("threads.add_user_message", params);
    const wentWrong = reply !== "stream" || ended !== "end" || error;
    if (wentWrong && weather.has("repeating reader")) await this.#wish("threads.add_user_message", params);
  }

  /** A double click: the same body twice, before there can be an answer. */
  async #twice(threadId: string): Promise<void> {
    const params = { thread_id: threadId, input: message(this.simulation.word()) };
    await Promise.all([this.#wish("threads.add_user_message", params), this.#wish("threads.add_user_message", params)]);
  }

  async #click(threadId: string, itemId: string): Promise<void> {
    const clicks = Array.from({ length: 1 + this.simulation.weather.random.below(3) }, () => ({ type: "log", payload: { word: this.simulation.word() } }));
    await Promise.all(clicks.map((action) => this.#wish("threads.sync_custom_action", { thread_id: threadId, item_id: itemId, action })));
  }

  /** Sends an input again as long as its answer breaks off or may be tried again. */
  async #untilAnswered(operation: string, params: Record<string, unknown>): Promise<void> {
    const wish = this.#newWish(operation, params);
    for (let i = 0; i < TIMES; i++) {
      const { ended, error } = await this.#ask(wish);
      if (ended === "left" || (ended === "end" && !error?.allow_retry)) return;
      await this.simulation.scheduler.sleep(this.simulation.weather.between(500, 5000));
    }
  }

  /** Reads the thread in one of the ways there are; the history keeps what was read. */
  async #read(threadId: string): Promise<void> {
    const { random } = this.simulation.weather;
    if (random.once(3)) return void (await this.#wish("threads.get_by_id", { thread_id: threadId }));
    const order = random.pick(["asc", "desc"] as const);
    const limit = 1 + random.below(10);
    for (let after: string | undefined; ; ) {
      const { reply } = await this.#wish("items.list", { thread_id: threadId, limit, order, ...(after !== undefined && { after }) });
      const page = typeof reply === "object" && "json" in reply ? (reply.json as PageOf<ThreadItem> | Thread) : undefined;
      if (!page || !("has_more" in page) || !page.has_more) return;
      after = page.after;
    }
  }

  #wish(operation: string, params: Record<string, unknown>, more: { probes?: string } = {}): Promise<Outcome> {
    return this.#ask(this.#newWish(operation, params), more);
  }

  #newWish(operation: string, params: Record<string, unknown>): Wish {
    const wish = { wish: this.simulation.nextWish(), page: this.name, operation, params };
    this.simulation.history.add({ kind: "wishes", ...wish });
    return wish;
  }

  /** Sends the request, and again as long as there is no answer, as the ChatKit client does; reads the answer. */
  async #ask(wish: Wish, { probes }: { probes?: string } = {}): Promise<Outcome> {
    const { weather, scheduler, outside, history } = this.simulation;
    for (let i = 0; ; i++) {
      const process = this.simulation.anyProcess();
      const connection = new Connection(this.simulation, process, wish, weather.strikes("slow reader", 3));
      if (probes !== undefined) history.add({ kind: "probes", threadId: probes, request: connection.request });
      const patience = weather.strikes("leaving reader", 3) ? weather.between(0, 3000) : PATIENCE_MS;
      const callOff = scheduler.after(patience, outside, () => connection.leave());
      const reply = await connection.reply;
      if (reply === "stream") return this.#readStream(connection).finally(callOff);
      callOff();
      if (!("failed" in reply) || reply.failed === "left" || i === TIMES) return { reply };
      await scheduler.sleep(200 * 2 ** i, outside);
    }
  }

  async #readStream(connection: Connection): Promise<Outcome> {
    const outcome: Outcome = { reply: "stream" };
    for (;;) {
      const told = await connection.next();
      if (typeof told === "string") return { ...outcome, ended: told };
      if (told.type === "error") outcome.error = told;
    }
  }
}

function message(text: string): object {
  return { content: [{ type: "input_text", text }], attachments: [], inference_options: {} };
}
