import { Agent, imageGenerationTool, tool } from "@openai/agents";
import {
  AgentServer,
  agentContext,
  assistantMessage,
  clientEffect,
  hiddenContext,
  parseAction,
  ResponseStreamConverter,
  WidgetTemplate,
  type Action,
  type AgentContext,
  type Ports,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type WidgetItem,
} from "chatkit-server";
import type { Hono } from "hono";
import { z } from "zod";
import { catOf, changeCat, nameCat, type Cat } from "./cat.ts";

const namesWidget = WidgetTemplate.fromFile("names.widget");
const profileWidget = WidgetTemplate.fromFile("profile.widget");

const idea = z.object({ name: z.string().min(1), reason: z.string() });

/** The panel beside the chat shows the cat; `flash` is what just happened. */
function showCat(chat: AgentContext, cat: Cat, flash: string): void {
  chat.stream(clientEffect("update_cat_status", { state: { ...cat, threadId: chat.thread.id }, flash }));
}

/** Feeding, playing and cleaning are alike: the cat changes, the page is told, and a note for the model says so. */
function care(name: string, description: string, noted: string, change: (cat: Cat) => Partial<Cat>) {
  return tool({
    name,
    description,
    parameters: z.object({ how: z.string().nullable().describe("the meal, the toy, or what it is cleaned with") }),
    execute: ({ how }, run) => {
      const chat = agentContext(run);
      const cat = changeCat(chat.thread, change);
      const flash = `${cat.name ?? "The cat"}: ${how ?? description}`;
      chat.stream(hiddenContext(`<${noted}>${flash}</${noted}>`));
      showCat(chat, cat, flash);
      return { ...cat };
    },
  });
}

const status = tool({
  name: "get_cat_status",
  description: "How the cat is.",
  parameters: z.object({}),
  execute: (_, run) => catOf(agentContext(run).thread),
});

const setName = tool({
  name: "set_cat_name",
  description: "Names the cat, once and for all.",
  parameters: z.object({ name: z.string().min(1) }),
  execute: ({ name }, run) => {
    const chat = agentContext(run);
    const before = catOf(chat.thread);
    if (before.name) {
      chat.stream(assistantMessage(`${before.name} already answers to that name.`));
      return "The cat has a name already.";
    }
    const cat = nameCat(chat.thread, name);
    chat.stream(hiddenContext(`<CAT_NAME_SELECTED>${name}</CAT_NAME_SELECTED>`));
    showCat(chat, cat, `Now called ${name}`);
    return `Named ${name}.`;
  },
});

const suggestNames = tool({
  name: "suggest_cat_names",
  description: "Shows names to choose from.",
  parameters: z.object({ ideas: z.array(idea).min(1) }),
  execute: async ({ ideas }, run) => {
    const chat = agentContext(run);
    chat.stream(assistantMessage("A few names to choose from:"));
    await chat.streamWidget(namesWidget.build({ ideas, chosen: null }), ideas.map(({ name }) => name).join(", "));
    return "Shown.";
  },
});

const showProfile = tool({
  name: "show_cat_profile",
  description: "Shows the cat's profile card.",
  parameters: z.object({ age: z.number().int().nullable(), toy: z.string().nullable() }),
  execute: async ({ age, toy }, run) => {
    const chat = agentContext(run);
    const cat = changeCat(chat.thread, (before) => ({ age: age ?? before.age }));
    const name = cat.name ?? "Unnamed cat";
    const data = { name, age: `${cat.age} years`, coat: cat.coat ?? "a secret", toy: toy ?? "a paper bag" };
    await chat.streamWidget(profileWidget.build(data), `${name}, ${data.age}`);
    chat.stream(assistantMessage(cat.name ? `What shall we do with ${cat.name}?` : "Would you like to name your cat?"));
    return "Shown.";
  },
});

const speak = tool({
  name: "speak_as_cat",
  description: "Says something in the cat's voice, as a bubble on the page.",
  parameters: z.object({ line: z.string().min(1) }),
  execute: ({ line }, run) => {
    agentContext(run).stream(clientEffect("cat_say", { message: line }));
    return "Said.";
  },
});

const keeper = new Agent({
  name: "Cat keeper",
  instructions: "You help somebody look after a cat. Use the tools for whatever is done with it; ask for a name while it has none.",
  tools: [
    status,
    care("feed_cat", "fed", "FED_CAT", (cat) => ({ energy: cat.energy + 3, happiness: cat.happiness + 1 })),
    care("play_with_cat", "played with", "PLAYED_WITH_CAT", (cat) => ({ happiness: cat.happiness + 2, energy: cat.energy - 1 })),
    care("clean_cat", "cleaned", "CLEANED_CAT", (cat) => ({ cleanliness: cat.cleanliness + 3 })),
    setName,
    suggestNames,
    showProfile,
    speak,
    imageGenerationTool({ partialImages: 3 }),
  ],
  // What these show is the answer: the model has nothing to add.
  toolUseBehavior: { stopAtToolNames: ["suggest_cat_names", "show_cat_profile"] },
});

const choice = z.object({ name: z.string().trim().min(1), ideas: z.array(idea) });

export default class CatLounge extends AgentServer {
  constructor(ports: Ports) {
    const streamConverter = new ResponseStreamConverter({ partialImages: 3 });
    super(ports, { agent: keeper, streamConverter, title: false, toolActivity: "off" });
  }

  /** What was begun with the cat is finished: there is no stop button. */
  override getStreamOptions() {
    return { allow_cancel: false };
  }

  override action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext) {
    if (action.type === "cat.choose_name" && sender) return this.#choose(thread, parseAction(action, choice), sender);
    return super.action(thread, action, sender, context);
  }

  async *#choose(thread: ThreadMetadata, { name, ideas }: z.infer<typeof choice>, sender: WidgetItem): AsyncGenerator<ThreadStreamEvent> {
    const before = catOf(thread).name;
    const widget = namesWidget.build({ ideas, chosen: before ?? name });
    yield { type: "thread.item.replaced", item: { ...sender, widget } };
    if (before) return yield assistantMessage(`${before} already has a name.`);
    nameCat(thread, name);
    yield hiddenContext(`<CAT_NAME_SELECTED>${name}</CAT_NAME_SELECTED>`);
    yield assistantMessage(`${name} it is. Would you like to see the profile card?`);
  }
}

/** The panel asks for the cat of the chat it shows. */
export function routes(app: Hono, ports: Ports): void {
  app.get("/cats/:thread", async (c) => {
    const context = await ports.requestContext(c.req.raw);
    const thread = await ports.store.loadThread(c.req.param("thread"), context);
    return c.json({ cat: { ...catOf(thread), threadId: thread.id } });
  });
}
