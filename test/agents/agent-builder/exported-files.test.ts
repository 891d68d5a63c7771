import { afterAll, describe, expect, test } from "bun:test";
import type { WidgetItem } from "../../../src/protocol/items.ts";
import { events as sendTo, itemsOf } from "../../support/chat.ts";
import { answers, begin, decide, deltas, goOn, tasks, WorkflowFixture, type Says } from "../../support/workflow-fixture.ts";

const fixture = new WorkflowFixture();
afterAll(() => fixture.stop());

describe("an exported workflow, as it is", () => {
  const says = (text: string): Says => ({ "Answer questions about the harbour": [[{ reasoning: ["Look it up."] }, { web_search: "harbour" }, { text }]] });

  test("streams the text of its last agent, with thoughts and hosted tools, although it returns nothing", async () => {
    const server = await fixture.server("simple-answer.ts");
    const { threadId, events } = await begin(server, "When does it open?", says("It opens at eight."));
    expect(deltas(events)).toEqual(["It ", "opens ", "at ", "eight."]);
    expect(await answers(server, threadId)).toEqual(["It opens at eight."]);
    expect(tasks(await itemsOf(server, threadId))).toMatchObject([{ type: "thought", content: "Look it up." }, { type: "web_search", queries: ["harbour"] }]);
    expect(fixture.asked()[0]!.body["tools"]).toMatchObject([{ filters: { allowed_domains: ["harbour.example"] } }]);
  });

  test("remembers the turns before", async () => {
    const server = await fixture.server("simple-answer.ts");
    const { threadId } = await begin(server, "When does it open?", says("It opens at eight."));
    fixture.asked();
    await goOn(server, threadId, "And when does it close?", says("At ten."));
    const input = fixture.asked()[0]!.input as object[];
    expect(input).toMatchObject([
      { role: "user", content: [{ text: expect.stringContaining("When does it open?") }] },
      { role: "assistant", content: [{ text: "It opens at eight." }] },
      { role: "user", content: [{ text: expect.stringContaining("And when does it close?") }] },
    ]);
    expect(await answers(server, threadId)).toEqual(["It opens at eight.", "At ten."]);
  });

  test("shows a classifier as a task, which sees the fresh message alone, and streams the branch it leads to", async () => {
    const server = await fixture.server("classify-branches.ts");
    const branch = (category: string): Says => ({
      "Sort the question": [[{ text: JSON.stringify({ category }) }]],
      "Answer about berths": [[{ text: "Berth four is free." }]],
      "Answer about ferries": [[{ text: "The ferry leaves at nine." }]],
    });
    const { threadId, events } = await begin(server, "Is a berth free?", branch("berth"));
    expect(deltas(events).join("")).toBe("Berth four is free.");
    expect(JSON.stringify(events)).not.toContain('{\\"category');
    expect(tasks(await itemsOf(server, threadId))).toMatchObject([{ title: "Classify", content: "Category: berth", status_indicator: "complete" }]);
    fixture.asked();
    await goOn(server, threadId, "And the ferry?", branch("ferry"));
    const [classify, ferries] = fixture.asked();
    expect(classify!.input).toHaveLength(1);
    expect(JSON.stringify(ferries!.input)).toContain("Berth four is free.");
    await goOn(server, threadId, "What is love?", branch("other"));
    expect(await answers(server, threadId)).toEqual(["Berth four is free.", "The ferry leaves at nine.", "Ask me about berths or ferries."]);
  });

  test("asks the person where its stub says yes to everything, and goes on after a restart without calling a model again", async () => {
    const letter: Says = {
      "Draft a letter": [[{ text: JSON.stringify({ subject: "A berth", body: "Dear harbour master" }) }]],
      "Say that the letter": [[{ text: "It is on its way." }]],
    };
    fixture.asked();
    const { threadId } = await begin(await fixture.server("approval.ts"), "Write to him.", letter);
    expect(fixture.asked()).toHaveLength(1);
    const server = await fixture.server("approval.ts");
    const items = await itemsOf(server, threadId);
    expect(JSON.stringify(items.at(-1))).toContain('Send \\"A berth\\"?');
    const sent = await decide(server, threadId, true);
    expect(deltas(sent).join("")).toBe("It is on its way.");
    expect(await answers(server, threadId)).toEqual(["It is on its way."]);
    expect(fixture.asked().map(({ instructions }) => instructions)).toEqual(["Say that the letter is on its way."]);
    const card = (await itemsOf(server, threadId)).find((item): item is WidgetItem => item.type === "widget")!;
    expect(JSON.stringify(card.widget)).toContain("Approved");
  });

  test("answers with the draft when the person says no, and a stale click does nothing", async () => {
    const server = await fixture.server("approval.ts");
    const letter: Says = { "Draft a letter": [[{ text: JSON.stringify({ subject: "A berth", body: "Dear harbour master" }) }]] };
    const { threadId } = await begin(server, "Write to him.", letter);
    await decide(server, threadId, false);
    expect(await answers(server, threadId)).toEqual(["**Subject:** A berth\n\n**Body:** Dear harbour master"]);
    await goOn(server, threadId, "Again", letter);
    const stale = (await itemsOf(server, threadId)).findLast((item): item is WidgetItem => item.type === "widget")!;
    await goOn(server, threadId, "Again", letter);
    fixture.asked();
    const action = JSON.parse(/{"type":"chatkit.approval","payload":{[^}]*"approve":true}}/.exec(JSON.stringify(stale.widget))![0]) as object;
    const sent = await sendTo(server, "threads.custom_action", { thread_id: threadId, item_id: stale.id, action });
    expect(JSON.stringify(sent)).toContain("No longer open");
    expect(fixture.asked()).toEqual([]);
    await decide(server, threadId, false);
    expect(await answers(server, threadId)).toHaveLength(2);
  });

  test("gives the page the tools whose functions are empty, and goes on with what it answers", async () => {
    const { server, notes } = await fixture.load("defects.ts");
    expect(notes!.join("\n")).toContain("the page answers the tools getTides");
    const says: Says = { "Tell the tides": [[{ tool: "getTides", args: { station: "Bergen", days: 1, kinds: ["high"] } }], [{ text: "High at noon." }]] };
    const { threadId, events } = await begin(server, "Tides?", says);
    expect(events.at(-1)).toMatchObject({ type: "thread.item.done", item: { type: "client_tool_call", name: "getTides", status: "pending", arguments: { station: "Bergen" } } });
    fixture.asked();
    const again = await fixture.server("defects.ts");
    const sent = await sendTo(again, "threads.add_client_tool_output", { thread_id: threadId, result: { high: "12:00" } });
    expect(deltas(sent).join("")).toBe("High at noon.");
    const input = fixture.asked()[0]!.input as object[];
    expect(input.at(-1)).toMatchObject({ type: "function_call_output", output: expect.stringContaining("12:00") });
  });

  test("runs the functions of a file beside it", async () => {
    const tools = "export const getTides = async ({ station }) => `High in ${station} at noon.`;";
    const { server, notes } = await fixture.load("defects.ts", undefined, { "defects.tools.ts": tools });
    expect(notes!.join("\n")).not.toContain("the page answers");
    const says: Says = { "Tell the tides": [[{ tool: "getTides", args: { station: "Bergen", days: 1, kinds: [] } }], [{ text: "At noon." }]] };
    const { threadId } = await begin(server, "Tides?", says);
    expect(await answers(server, threadId)).toEqual(["At noon."]);
    expect(JSON.stringify(fixture.asked()[1]!.input)).toContain("High in Bergen at noon.");
  });
});

test("a yes to a card that has no button for it is none: its message was too long to be read", async () => {
  const text = `import { Runner } from "@openai/agents";
    const approvalRequest = (message: string) => { return true; };
    const runWorkflow = async (workflow: { input_as_text: string }) => (approvalRequest("x".repeat(30_000)) ? "Done." : "Not done.");`
    .replace("=> (approvalRequest", "=> { return (approvalRequest").replace('"Not done.");', '"Not done."); };');
  const server = await fixture.server("long.ts", text);
  const { threadId } = await begin(server, "Go", {});
  const card = (await itemsOf(server, threadId)).findLast((item): item is WidgetItem => item.type === "widget")!;
  expect(JSON.stringify(card.widget)).not.toContain('"approve":true');
  const reject = /{"type":"chatkit.approval","payload":{[^}]*}}/.exec(JSON.stringify(card.widget))![0];
  const action = JSON.parse(reject.replace('"approve":false', '"approve":true')) as object;
  await sendTo(server, "threads.custom_action", { thread_id: threadId, item_id: card.id, action });
  expect(await answers(server, threadId)).toEqual(["Not done."]);
});
