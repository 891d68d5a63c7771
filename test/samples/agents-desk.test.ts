import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { SentEvent } from "../../src/protocol/events.ts";
import { outline, say, texts } from "../support/agent-turn.ts";
import type { OutputSpec } from "../support/model-script.ts";
import type { Page } from "../support/page.ts";
import { serveAgent, type ServedAgent } from "../support/served-agent.ts";

let desk: ServedAgent;
beforeAll(async () => void (desk = await serveAgent(join(import.meta.dir, "agents-desk/agent.ts"))));
afterAll(() => desk.stop());

const verdict = (ok: boolean, reasoning = "") => [[{ text: JSON.stringify({ ok, reasoning }) }]];
const FINE = { "belongs to an airline's desk": verdict(true), "get around instructions": verdict(true) };
const sayFine = (turns: OutputSpec[][], when: Record<string, OutputSpec[][]> = {}) => say({ turns, when: { ...FINE, ...when } });
const told = (events: SentEvent[]) =>
  events.flatMap((event) =>
    event.type === "client_effect" && event.name === "runner_event_delta"
      ? (event.data["events"] as { type: string; content: string }[])
      : [],
  );
type State = {
  agent: string;
  context: Record<string, unknown>;
  guardrails: { name: string; passed: boolean; reasoning: string }[];
  events: object[];
};
const stateOf = (page: Page) => page.json<State>(`/chatkit/state?thread_id=${page.threadId}`);
const speaking = () => String(desk.model.requests.findLast(({ body }) => body.stream)?.body["instructions"]);

describe("the desk of several agents", () => {
  test("hands over, works with tools, and tells the page's panel each step", async () => {
    const page = desk.page();
    const turns = [
      [{ tool: "get_trip_details" }],
      [{ tool: "transfer_to_Flight_Information_Agent" }],
      [{ tool: "flight_status", args: { flight: "NB204" } }],
      [{ text: "It is late." }],
    ];
    const events = await page.say(sayFine(turns));
    expect(events[3]).toMatchObject({ type: "client_effect", name: "runner_bind_thread", data: { thread_id: page.threadId } });
    expect(texts(events)).toEqual(["It is late."]);
    expect(outline(events)).toContain("progress_update");
    expect(told(events).map(({ type }) => type)).toEqual(["tool_call", "tool_output", "handoff", "tool_call", "tool_output", "message"]);
    expect(told(events)).toContainEqual({
      type: "handoff",
      agent: "Triage Agent",
      content: "Triage Agent -> Flight Information Agent",
    } as object as never);
    expect(await stateOf(page)).toMatchObject({
      agent: "Flight Information Agent",
      context: { flight: "NB204", seat: "17D" },
      guardrails: [{ passed: true }, { passed: true }],
    });
  });

  test("goes on with the agent that spoke last, who knows the journey", async () => {
    const page = desk.page();
    await page.say(sayFine([[{ tool: "transfer_to_Seat_Agent" }], [{ text: "Which seat?" }]]));
    const events = await page.say(
      sayFine([[{ tool: "display_seat_map" }], [{ tool: "update_seat", args: { seat: "2A" } }], [{ text: "Done." }]]),
    );
    expect(speaking()).toStartWith("You are the Seat Agent.");
    expect(speaking()).toContain('"seat":"2A"');
    expect(events.find((event) => event.type === "client_effect" && event.name === "display_seat_map")).toBeDefined();
    // onHandoff looked the trip up.
    expect(await stateOf(page)).toMatchObject({ agent: "Seat Agent", context: { flight: "NB204", confirmation: "QZ7-11", seat: "2A" } });
  });

  test("takes back what was said when a guardrail trips, and says no instead", async () => {
    const page = desk.page();
    const turns = [[{ text: "Once upon a time there was" }, { sleep: 100 }, { text: " a poem." }]];
    const events = await page.say(sayFine(turns, { "belongs to an airline's desk": verdict(false, "A poem is no journey.") }));
    const shown = events.flatMap((event) => (event.type === "thread.item.added" ? [event.item.id] : []));
    const removed = events.flatMap((event) => (event.type === "thread.item.removed" ? [event.item_id] : []));
    expect(removed).toEqual(expect.arrayContaining(shown));
    expect((await page.items()).map(({ type }) => type)).toEqual(["user_message", "assistant_message"]);
    expect(texts((await page.items()).map((item) => ({ type: "thread.item.done", item })))).toEqual(["I can only help with your journey."]);
    expect((await stateOf(page)).guardrails).toEqual([
      { name: "Relevance Guardrail", passed: false, reasoning: "A poem is no journey." },
      { name: "Jailbreak Guardrail", passed: true, reasoning: "" },
    ]);
    expect(texts(await page.say(sayFine([[{ text: "Where to?" }]])))).toEqual(["Where to?"]);
  });

  test("shows the panel what it may know, and another person nothing", async () => {
    const page = desk.page();
    await page.say(
      sayFine([[{ tool: "transfer_to_Refunds_Agent" }], [{ tool: "issue_compensation", args: { reason: "delay" } }], [{ text: "Sorry." }]]),
    );
    const { context } = await stateOf(page);
    expect(context).toEqual({ vouchers: ["A night in a hotel", "A dinner"] });
    expect((await desk.page("eve").fetch(`/chatkit/state?thread_id=${page.threadId}`)).status).toBe(404);
    expect(await page.json<object>("/chatkit/bootstrap")).toMatchObject({ current: "Triage Agent", agents: [{}, {}, {}, {}] });
  });

  test("streams its state to a panel from a route of its own, until the panel leaves", async () => {
    const page = desk.page();
    await page.say(sayFine([[{ text: "Hello." }]]));
    const leaving = new AbortController();
    const response = await page.fetch(`/chatkit/state/stream?thread_id=${page.threadId}`, { signal: leaving.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"agent":"Triage Agent"');
    await page.say(sayFine([[{ tool: "transfer_to_Seat_Agent" }], [{ text: "Which seat?" }]]));
    let text = "";
    while (!text.includes('"agent":"Seat Agent"')) text += (await reader.read()).value;
    const server = desk.server as unknown as { watched: number };
    expect(server.watched).toBe(1);
    leaving.abort();
    for (let i = 0; server.watched > 0 && i < 500; i++) await Bun.sleep(10);
    expect(server.watched).toBe(0);
  });
});
