import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { doneItems, outline, say, texts } from "../support/agent-turn.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

let metro: ServedAgent;
beforeAll(async () => void (metro = await serveAgent(join(import.meta.dir, "metro-map/agent.ts"))));
afterAll(() => metro.stop());

const lastInput = () => metro.model.requests.findLast(({ body }) => body.stream)?.body.input as { type?: string; output?: string }[];

describe("the metro map", () => {
  test("asks the page what is selected, and goes on with its answer", async () => {
    const page = metro.page();
    const asked = await page.say(say([[{ tool: "get_selected_stations" }], [{ text: "You selected the pier." }]]));
    expect(outline(asked)).toContain("progress_update");
    expect(doneItems(asked).at(-1)).toMatchObject({
      type: "client_tool_call",
      status: "pending",
      name: "get_selected_stations",
      arguments: {},
    });
    const gone_on = await page.events("threads.add_client_tool_output", { thread_id: page.threadId, result: { stationIds: ["pier"] } });
    expect(texts(gone_on)).toEqual(["You selected the pier."]);
    expect(lastInput().find(({ type }) => type === "function_call_output")?.output).toContain('{"stationIds":["pier"]}');
    expect((await page.items()).find(({ type }) => type === "client_tool_call")).toMatchObject({
      status: "completed",
      output: { stationIds: ["pier"] },
    });
  });

  test("cites the stations of a route as entities where they are named", async () => {
    const page = metro.page();
    const message = "From Old Pier to Lantern Hill.";
    const events = await page.say(say([[{ tool: "plan_route", args: { stations: ["pier", "hill", "nowhere"], message } }]]));
    const answer = doneItems(events).find((item) => item.type === "assistant_message");
    expect(answer?.content[0]).toMatchObject({
      text: message,
      annotations: [
        { source: { type: "entity", id: "pier", interactive: true, data: { station_id: "pier" } }, index: "From Old Pier".length },
        { source: { type: "entity", id: "hill", description: "A view over the bay." }, index: message.length - 1 },
      ],
    });
  });

  test("lets the person choose a line, switches the page's mode, and tells the model", async () => {
    const page = metro.page();
    const shown = await page.say(say([[{ tool: "show_line_selector", args: { message: "Which line?" } }]]));
    const list = doneItems(shown).find((item) => item.type === "widget");
    const chosen = await page.act({ type: "line.select", payload: { id: "amber" } }, list?.id);
    expect(outline(chosen)).toEqual(["stream_options", "replaced widget", "done assistant_message", "client_effect"]);
    expect(chosen.at(-1)).toEqual({ type: "client_effect", name: "location_select_mode", data: { lineId: "amber" } });
    const turns = [[{ tool: "add_station", args: { name: "Lighthouse", lineId: "amber", atEnd: true } }], [{ text: "Built." }]];
    const built = await page.say(say(turns));
    expect(built.find(({ type }) => type === "client_effect")).toMatchObject({
      name: "add_station",
      data: { stationId: "station-4", map: { id: "harbour" } },
    });
    expect(JSON.stringify(lastInput())).toContain("<LINE_SELECTED>amber</LINE_SELECTED>");
    const { map } = await page.json<{ map: { stations: object[] } }>("/map");
    expect(map.stations.at(-1)).toMatchObject({ name: "Lighthouse", x: 1, y: 2 });
  });

  test("answers an action that nobody knows, or that no widget sent, with an error", async () => {
    const page = metro.page();
    await page.say(say([[{ text: "Hello." }]]));
    const unknown = { type: "error" as const, code: "custom", message: expect.stringContaining("line."), allow_retry: false };
    expect((await page.act({ type: "line.paint", payload: {} })).at(-1)).toEqual(unknown);
    expect((await page.act({ type: "line.select", payload: { id: "amber" } })).at(-1)).toEqual(unknown);
  });

  test("tells the model all about a station that was mentioned", async () => {
    const page = metro.page();
    const tag = (id: string, text: string) => ({ type: "input_tag", id, text, data: { station_id: id }, interactive: true });
    const content = [
      { type: "input_text", text: `${say([[{ text: "Lovely." }]])} What about ` },
      tag("hill", "Lantern Hill"),
      tag("moon", "The Moon"),
    ];
    await page.say("", { content });
    const input = JSON.stringify(lastInput());
    expect(input).toContain("A view over the bay.");
    expect(input).toContain("The Moon: not on the map");
    expect(input).toContain("@Lantern Hill");
  });

  test("has its chat named by an agent of its own while it answers", async () => {
    const page = metro.page();
    const events = await page.say(say({ turns: [[{ text: "Hello." }]], when: { "Name this chat": [[{ text: "Harbour trip" }]] } }));
    expect(events.findLast(({ type }) => type === "thread.updated")).toMatchObject({ thread: { title: "Harbour trip", metadata: {} } });
    expect((await page.thread()).title).toBe("Harbour trip");
  });

  test("keeps a map for each person, and takes a new one that fits", async () => {
    const page = metro.page("eve");
    const { map } = await page.json<{ map: { stations: object[] } }>("/map");
    expect(map.stations).toHaveLength(3);
    const post = (body: object) => page.fetch("/map", { method: "POST", body: JSON.stringify(body) });
    expect((await post({ map: { ...map, stations: [], lines: [] } })).status).toBe(200);
    expect((await page.json<typeof page & { map: typeof map }>("/map")).map.stations).toEqual([]);
    expect((await post({ map: 1 })).status).toBe(400);
  });
});
