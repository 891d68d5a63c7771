import { Agent, tool, user, type AgentInputItem } from "@openai/agents";
import {
  AgentServer,
  agentContext,
  assistantMessage,
  clientEffect,
  CustomStreamError,
  hiddenContext,
  parseAction,
  RequestError,
  WidgetTemplate,
  widgetItem,
  type Action,
  type AgentContext,
  type AudioInput,
  type Ports,
  type RequestContext,
  type ThreadItem,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type WidgetItem,
} from "chatkit-server";
import type { Hono } from "hono";
import { z } from "zod";
import { book, changeSeat, describe, flightList, pick, profileOf, search } from "./desk.ts";
import { Photos } from "./photos.ts";

const meals = WidgetTemplate.fromFile("meals.widget");
const MEALS = ["vegetarian", "kosher", "gluten-free"] as const;

const profileEffect = (threadId: string) => clientEffect("customer_profile/update", { profile: profileOf(threadId) });

function withProfile(chat: AgentContext, result: string): string {
  chat.stream(profileEffect(chat.thread.id));
  return result;
}

const seatTool = tool({
  name: "change_seat",
  description: "Moves the customer to another seat.",
  parameters: z.object({ flight: z.string(), seat: z.string() }),
  execute: ({ flight, seat }, run) => {
    const chat = agentContext(run);
    return withProfile(chat, changeSeat(profileOf(chat.thread.id), flight, seat));
  },
  // The SDK would hide the reason; ours are written for the model.
  errorFunction: (_, error) => (error instanceof Error ? error.message : "That did not work."),
});

const bagTool = tool({
  name: "add_checked_bag",
  description: "Adds a bag to the booking.",
  parameters: z.object({}),
  execute: (_, run) => {
    const chat = agentContext(run);
    return withProfile(chat, `${(profileOf(chat.thread.id).bags += 1)} bags.`);
  },
});

const mealTool = tool({
  name: "meal_preference_list",
  description: "Lets the customer choose a meal.",
  parameters: z.object({}),
  execute: async (_, run) => {
    const chat = agentContext(run);
    chat.stream(assistantMessage("Which meal would you like?"));
    await chat.streamWidget(meals.build({ meals: MEALS, chosen: null }));
    return "Shown.";
  },
});

const flightTool = tool({
  name: "flight_option_list",
  description: "Shows flights to choose from.",
  parameters: search.extend({ from: z.string().nullable() }),
  execute: async ({ from, ...rest }, run) => {
    const chat = agentContext(run);
    const wanted = { from: from ?? profileOf(chat.thread.id).homeAirport, ...rest };
    chat.stream(assistantMessage("These would fit:"));
    await chat.streamWidget(flightList(wanted, "out"));
    return "Shown.";
  },
});

const concierge = new Agent({
  name: "Concierge",
  instructions: "You look after an airline's customer, of whom <CUSTOMER_PROFILE> tells you. Act by your tools.",
  modelSettings: { temperature: 0.4 },
  tools: [seatTool, bagTool, mealTool, flightTool],
  toolUseBehavior: { stopAtToolNames: ["meal_preference_list", "flight_option_list"] },
});

const titles = new Agent({ name: "Titles", instructions: "Name this chat with an airline in two to five words." });

export default class SupportDesk extends AgentServer {
  readonly photos: Photos;
  /** Lists in which a flight was taken: a second click must not book again. */
  readonly #used = new Set<string>();

  constructor(ports: Ports) {
    const photos = new Photos(ports);
    super({ ...ports, attachmentStore: photos }, { agent: concierge, title: titles, historyItems: 20 });
    this.photos = photos;
  }

  protected override async modelInput(items: ThreadItem[], thread: ThreadMetadata, context: RequestContext): Promise<AgentInputItem[]> {
    return [user(describe(profileOf(thread.id))), ...(await super.modelInput(items, thread, context))];
  }

  override action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext) {
    if (sender && action.type === "meal.set") return this.#setMeal(thread, action, sender);
    if (sender && action.type === "flight.select") return this.#selectFlight(thread, action, sender);
    return super.action(thread, action, sender, context);
  }

  async *#setMeal(thread: ThreadMetadata, action: Action, sender: WidgetItem): AsyncGenerator<ThreadStreamEvent> {
    const { meal } = parseAction(action, z.object({ meal: z.enum(MEALS) }));
    profileOf(thread.id).meal = meal;
    const widget = meals.build({ meals: MEALS, chosen: meal });
    yield { type: "thread.item.updated", item_id: sender.id, update: { type: "widget.root.updated", widget } };
    yield assistantMessage(`Noted: ${meal}.`);
    yield hiddenContext(`<WIDGET_ACTION widget=${sender.id}>${action.type} ${meal}</WIDGET_ACTION>`);
    yield profileEffect(thread.id);
  }

  async *#selectFlight(thread: ThreadMetadata, action: Action, sender: WidgetItem): AsyncGenerator<ThreadStreamEvent> {
    const picked = parseAction(action, pick);
    if (this.#used.has(sender.id)) throw new CustomStreamError("A flight of this list has been booked already.");
    this.#used.add(sender.id);
    const { flight, seat } = book(profileOf(thread.id), picked);
    const widget = flightList(picked.search, picked.leg, picked.id);
    yield { type: "thread.item.updated", item_id: sender.id, update: { type: "widget.root.updated", widget } };
    yield hiddenContext(`<WIDGET_ACTION widget=${sender.id}>${JSON.stringify(picked)}</WIDGET_ACTION>`);
    yield profileEffect(thread.id);
    if (picked.leg === "back") return yield assistantMessage(`${flight}, seat ${seat}: you are booked both ways.`);
    yield assistantMessage(`${flight}, seat ${seat}. And back?`);
    const { from, to, depart, back } = picked.search;
    yield widgetItem(flightList({ from: to, to: from, depart: back, back: depart }, "back"));
  }

  /** Clearing the choice is answered without a stream. */
  override async syncAction(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext) {
    if (action.type !== "meal.clear" || !sender) return super.syncAction(thread, action, sender, context);
    delete profileOf(thread.id).meal;
    const updated_item = { ...sender, widget: meals.build({ meals: MEALS, chosen: null }) };
    await this.store.saveItem(thread.id, updated_item, context);
    return { updated_item };
  }

  override async transcribe({ data, mediaType }: AudioInput) {
    if (!["audio/webm", "audio/mp4", "audio/ogg"].includes(mediaType)) throw new RequestError("That is no recording.", { status: 415 });
    return { text: `${data.byteLength} bytes of speech` };
  }
}

export function routes(app: Hono, ports: Ports): void {
  const { photos } = ports.server() as unknown as SupportDesk;
  app.get("/support/customer", async (c) => {
    const context = await ports.requestContext(c.req.raw);
    const { id } = await ports.store.loadThread(c.req.query("thread_id") ?? "", context);
    return c.json({ customer: profileOf(id) });
  });
  app.post("/support/photos/:id", async (c) => {
    const context = await ports.requestContext(c.req.raw);
    const data = new Uint8Array(await c.req.arrayBuffer());
    return c.json(await photos.upload(c.req.param("id"), data, context));
  });
}
