import { Agent, tool } from "@openai/agents";
import {
  AgentServer,
  agentContext,
  assistantMessage,
  clientEffect,
  clientTool,
  hiddenContext,
  parseAction,
  progress,
  RequestError,
  ThreadItemConverter,
  WidgetTemplate,
  type Action,
  type Annotation,
  type InputTag,
  type ItemContext,
  type Ports,
  type RequestContext,
  type ThreadMetadata,
  type ThreadStreamEvent,
  type WidgetItem,
} from "chatkit-server";
import type { Hono } from "hono";
import { z } from "zod";
import { addStation, mapOf, metroMap, saveMap, type Station } from "./metro.ts";

const lineList = WidgetTemplate.fromFile("lines.widget");

const getMap = tool({
  name: "get_map",
  description: "The map as it is now.",
  parameters: z.object({}),
  execute: (_, run) => {
    const chat = agentContext(run);
    chat.stream(progress("Reading the map…", "map-pin"));
    return mapOf(chat.requestContext.userId);
  },
});

/** The answer names stations; each becomes an entity the person can click. */
const planRoute = tool({
  name: "plan_route",
  description: "Shows a route. The message names each station of it.",
  parameters: z.object({ stations: z.array(z.string()), message: z.string() }),
  execute: ({ stations, message }, run) => {
    const chat = agentContext(run);
    const { stations: all } = mapOf(chat.requestContext.userId);
    const route = stations.flatMap((id) => all.find((one) => one.id === id) ?? []);
    chat.stream(
      assistantMessage(
        message,
        route.map((station) => citation(station, message)),
      ),
    );
    return "Shown.";
  },
});

function citation({ id, name, description }: Station, message: string): Annotation {
  const start = message.indexOf(name);
  const data = { type: "station", station_id: id, name };
  return {
    type: "annotation",
    source: { type: "entity", id, title: name, description, icon: "map-pin", label: "Station", interactive: true, data },
    index: start < 0 ? undefined : start + name.length,
  };
}

const chooseLine = tool({
  name: "show_line_selector",
  description: "Lets the person choose a line.",
  parameters: z.object({ message: z.string() }),
  execute: async ({ message }, run) => {
    const chat = agentContext(run);
    chat.stream(assistantMessage(message));
    await chat.streamWidget(lineList.build({ lines: mapOf(chat.requestContext.userId).lines, chosen: null }));
    return "Shown.";
  },
});

const build = tool({
  name: "add_station",
  description: "Adds a station to an end of a line.",
  parameters: z.object({ name: z.string(), lineId: z.string(), atEnd: z.boolean() }),
  execute: ({ name, lineId, atEnd }, run) => {
    const chat = agentContext(run);
    const map = mapOf(chat.requestContext.userId);
    const station = addStation(map, name, lineId, atEnd);
    chat.stream(clientEffect("add_station", { stationId: station.id, map }));
    return station;
  },
});

const selected = clientTool({
  name: "get_selected_stations",
  description: "The stations selected on the map.",
  parameters: z.object({}),
  onCall: (_, chat) => chat.stream(progress("Looking at what you selected…")),
});

const planner = new Agent({
  name: "Metro planner",
  instructions: "You help plan a metro. <LINE_SELECTED> is the line the person chose; <STATION> holds a station that was mentioned.",
  tools: [getMap, planRoute, chooseLine, build, selected],
  toolUseBehavior: { stopAtToolNames: ["plan_route", "show_line_selector"] },
});

const titles = new Agent({ name: "Titles", instructions: "Name this chat about a metro in two to five words." });

/** A mentioned station goes to the model with all that the map knows of it. */
class StationTags extends ThreadItemConverter {
  override async tagToMessageContent(tag: InputTag, context?: ItemContext<RequestContext>) {
    const map = context && mapOf(context.requestContext.userId);
    const station = map?.stations.find(({ id }) => id === tag.id);
    const text = station ? JSON.stringify(station) : `${tag.text}: not on the map`;
    return { type: "input_text" as const, text: `<STATION>${text}</STATION>` };
  }
}

const line = z.object({ id: z.string() });

export default class MetroPlanner extends AgentServer {
  constructor(ports: Ports) {
    super(ports, { agent: planner, converter: new StationTags(), title: titles, toolActivity: "off" });
  }

  override action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext) {
    if (action.type === "line.select" && sender) return this.#selectLine(parseAction(action, line).id, sender, context);
    return super.action(thread, action, sender, context);
  }

  async *#selectLine(id: string, sender: WidgetItem, { userId }: RequestContext): AsyncGenerator<ThreadStreamEvent> {
    const widget = lineList.build({ lines: mapOf(userId).lines, chosen: id });
    yield { type: "thread.item.replaced", item: { ...sender, widget } };
    yield hiddenContext(`<LINE_SELECTED>${id}</LINE_SELECTED>`);
    yield assistantMessage("At the beginning of the line, or at its end?");
    yield clientEffect("location_select_mode", { lineId: id });
  }
}

export function routes(app: Hono, ports: Ports): void {
  app.get("/map", async (c) => {
    const { userId } = await ports.requestContext(c.req.raw);
    return c.json({ map: mapOf(userId) });
  });
  app.post("/map", async (c) => {
    const { userId } = await ports.requestContext(c.req.raw);
    const body = z.object({ map: metroMap }).safeParse(await c.req.json());
    if (!body.success) throw new RequestError("That is not a map.");
    saveMap(userId, body.data.map);
    return c.json(body.data);
  });
}
