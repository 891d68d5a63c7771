import { afterAll, describe, expect, test } from "bun:test";
import type { WidgetItem } from "../../../src/protocol/items.ts";
import { itemsOf } from "../../support/chat.ts";
import { agent, exported, step } from "../../support/exported-file.ts";
import { answers, begin, decide, deltas, goOn, tasks, WorkflowFixture, type Says } from "../../support/workflow-fixture.ts";

const searches: object[] = [];
const fixture = new WorkflowFixture((path) => {
  if (path !== "/v1/vector_stores/vs_1/search") return undefined;
  return (body) => {
    searches.push(body);
    return { object: "vector_store.search_results.page", data: [{ file_id: "f1", filename: "tides.pdf", score: 0.9, content: [], attributes: {} }], has_more: false, next_page: null };
  };
});
afterAll(() => fixture.stop());

const said = (text: string) => [[{ text }]];

describe("an export with", () => {
  test("a loop over its state: each pass is a task, the text after it streams, and the state begins anew each turn", async () => {
    const text = exported(
      agent("draft", '"Write a draft."') + agent("judge", '"Judge it."', "\n  outputType: z.object({ good: z.boolean() }),") + agent("tell", '"Tell the result."'),
      `while (state.rounds < 2) {\n${step("draft")}${step("judge", "", true)}state.rounds = state.rounds + 1;\n}\n${step("tell")}return tellResult;`,
      { state: "rounds: 0" },
    );
    const server = await fixture.server("loop.ts", text);
    const says: Says = { "Write a draft": said("A draft."), "Judge it": said('{"good":false}'), "Tell the result": said("Here it is.") };
    const { threadId, events } = await begin(server, "Go", says);
    expect(deltas(events).join("")).toBe("Here it is.");
    expect(tasks(await itemsOf(server, threadId))).toMatchObject([{ title: "draft" }, { title: "judge", content: "Good: no" }, { title: "draft" }, { title: "judge" }]);
    fixture.asked();
    await goOn(server, threadId, "Again", says);
    expect(fixture.asked()).toHaveLength(5);
    expect(await answers(server, threadId)).toEqual(["Here it is.", "Here it is."]);
  });

  test("a loop whose text is the answer: it is shown once, when that is known", async () => {
    const text = exported(agent("draft", '"Write a draft."'), `let last;\nwhile (state.rounds < 2) {\n${step("draft")}last = draftResult;\nstate.rounds = state.rounds + 1;\n}\nreturn last;`, { state: "rounds: 0" });
    const { threadId, events } = await begin(await fixture.server("loop-answer.ts", text), "Go", { "Write a draft": said("A draft.") });
    expect(deltas(events).join("")).toBe("A draft.");
    expect(await answers(await fixture.server("loop-answer.ts", text), threadId)).toEqual(["A draft."]);
    fixture.asked();
  });

  test("instructions from a context of its own", async () => {
    const agents = `interface DeskContext { workflowInputAsText: string }
const deskInstructions = (runContext: RunContext<DeskContext>, _agent: Agent<DeskContext>) => {
  const { workflowInputAsText } = runContext.context;
  return \`Desk for \${workflowInputAsText.slice(0, 5)}\`
}
${agent("desk", "deskInstructions")}`;
    const text = exported(agents, `${step("desk", ",\n{ context: { workflowInputAsText: workflow.input_as_text } }")}return deskResult;`);
    const { events } = await begin(await fixture.server("context.ts", text), "Hello there", { "Desk for Hello": said("Good day.") });
    expect(deltas(events).join("")).toBe("Good day.");
    fixture.asked();
  });

  test("placeholders left in its texts, which a person cannot use to read the state", async () => {
    const agents = agent("desk", '"Desk of {{state.town}}: {{workflow.input_as_text}}"') + agent("end", '"Wrap up."');
    const text = exported(agents, `${step("desk")}return { message: "Greetings from {{state.town}}." };`, { state: 'town: "Bergen"' });
    const { server, notes } = await fixture.load("placeholders.ts", text);
    expect(notes!.filter((note) => note.includes("{{"))).toHaveLength(2);
    const { threadId } = await begin(server, "{{state.town}}", { "Desk of Bergen": said("x") });
    expect(await answers(server, threadId)).toEqual(["Greetings from Bergen."]);
    const [asked] = fixture.asked();
    expect(asked!.instructions).toStartWith("Desk of Bergen: {{state.town}}");
  });

  test("an inline search, which is not made again after an approval", async () => {
    const imports = 'import { OpenAI } from "openai";\n\n// Shared client for guardrails and file search\nconst client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });\nconst approvalRequest = (message: string) => {\n\n  // TODO: Implement\n  return true;\n}';
    const steps = `const filesearchResult = (await client.vectorStores.search("vs_1", {query: workflow.input_as_text,
    max_num_results: 10})).data.map((result) => {
      return {
        id: result.file_id,
        filename: result.filename,
        score: result.score,
      }
    });
    const approvalMessage = "";

    if (approvalRequest(approvalMessage)) {\n${step("desk")}return { message: filesearchResult[0].filename + ": " + deskResult.output_text };\n} else {\n\n}`;
    const text = exported(agent("desk", '"At the desk."'), steps, { imports });
    const { threadId } = await begin(await fixture.server("search.ts", text), "Tides", { "At the desk": said("at noon") });
    expect(searches).toHaveLength(1);
    await decide(await fixture.server("search.ts", text), threadId, true);
    expect(searches).toHaveLength(1);
    expect(await answers(await fixture.server("search.ts", text), threadId)).toEqual(["tides.pdf: at noon"]);
    fixture.asked();
  });

  test("a hosted MCP tool that needs approval: the run itself waits, also over a restart", async () => {
    const mcp = 'const mcp = hostedMcpTool({\n  serverLabel: "harbour",\n  allowedTools: [\n    "book"\n  ],\n  requireApproval: "always",\n  serverUrl: "https://mcp.harbour.example/"\n})\n';
    const text = exported(mcp + agent("desk", '"Book it."', "\n  tools: [\n    mcp\n  ],"), `${step("desk")}return deskResult;`);
    const item = { type: "mcp_approval_request", id: "mcpr_1", name: "book", arguments: '{"berth":4}', server_label: "harbour" };
    const request = { raw: { type: "response.output_item.done", output_index: 0, item }, output: item };
    const { threadId } = await begin(await fixture.server("mcp.ts", text), "Book berth four", { "Book it": [[request], [{ text: "Booked." }]] });
    const server = await fixture.server("mcp.ts", text);
    const card = (await itemsOf(server, threadId)).find((one): one is WidgetItem => one.type === "widget")!;
    expect(JSON.stringify(card.widget)).toContain("Allow book?");
    expect(JSON.stringify(card.widget)).toMatch(/berth.*4/);
    fixture.asked();
    const sent = await decide(server, threadId, true);
    expect(deltas(sent).join("")).toBe("Booked.");
    const [asked] = fixture.asked();
    expect(asked!.input).toContainEqual(expect.objectContaining({ type: "mcp_approval_response", approve: true }));
  });

  test("a widget beside it for the schema of its output; output that does not fit it is shown as text", async () => {
    const schema = "const TideCardSchema = z.object({ high: z.string(), low: z.string().nullable() });\n";
    const text = exported(schema + agent("tides", '"Tell the tides."', "\n  outputType: TideCardSchema,"), `${step("tides", "", true)}return tidesResult;`);
    const widget = { version: "1.0", name: "Tide card", template: '{"type":"Card","children":[{"type":"Text","value":{{ high | tojson }}}]}', jsonSchema: {} };
    const server = await fixture.server("widget.ts", text, { "Tide card.widget": JSON.stringify(widget) });
    const { threadId, events } = await begin(server, "Tides?", { "Tell the tides": said('{"high":"12:00","low":null}') });
    expect((await itemsOf(server, threadId)).at(-1)).toMatchObject({ type: "widget", widget: { type: "Card", children: [{ value: "12:00" }] } });
    expect(deltas(events)).toEqual([]);
    fixture.asked();
  });

  test("eight agents in branches", async () => {
    const names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
    const agents = `${agent("sorter", '"Sort it."', "\n  outputType: z.object({ kind: z.string() }),")}${names.map((name) => agent(name, `"Answer as ${name}."`)).join("")}`;
    const branches = names.map((name, index) => `if (sorterResult.output_parsed.kind == "${name}") {\n${step(name)}${index % 2 ? `return ${name}Result;` : ""}\n}`).join(" else ");
    const text = exported(agents, `${step("sorter", "", true)}${branches} else {\n\n}`);
    const server = await fixture.server("eight.ts", text);
    for (const name of ["one", "eight", "five"]) {
      const { threadId, events } = await begin(server, "Go", { "Sort it": said(JSON.stringify({ kind: name })), [`Answer as ${name}`]: said(`I am ${name}.`) });
      expect(deltas(events).join("")).toBe(`I am ${name}.`);
      expect(await answers(server, threadId)).toEqual([`I am ${name}.`]);
    }
    fixture.asked();
  });

  test("conditions that are still CEL", async () => {
    const steps = `if (workflow.input_as_text.lower().contains("berth") && size(state.seen) == 0 && !("x" in state.seen) && has(state.seen)) {\nreturn { message: "yes " + string(int("4")) };\n} else {\nreturn { message: "no" };\n}`;
    const { server, notes } = await fixture.load("cel.ts", exported("", steps, { state: "seen: []" }));
    expect(notes!.filter((note) => note.includes("CEL"))).toHaveLength(7);
    const { threadId } = await begin(server, "Is BERTH four free?", {});
    expect(await answers(server, threadId)).toEqual(["yes 4"]);
  });

  test("a text before the question to the person, who has to see it first", async () => {
    const imports = "const approvalRequest = (message: string) => {\n\n  // TODO: Implement\n  return true;\n}";
    const text = exported(agent("offer", '"Make an offer."'), `${step("offer")}const approvalMessage = "Does this work for you?";\n\nif (approvalRequest(approvalMessage)) {\nreturn offerResult;\n} else {\nconst endResult = {\nmessage: "As you like."\n};\nreturn endResult;\n}`, { imports });
    const server = await fixture.server("offer.ts", text);
    const { threadId, events } = await begin(server, "Go", { "Make an offer": said("Ten euros.") });
    expect(deltas(events).join("")).toBe("Ten euros.");
    await decide(await fixture.server("offer.ts", text), threadId, true);
    expect(await answers(server, threadId)).toEqual(["Ten euros."]);
    fixture.asked();
  });

  test("an empty branch for the no: the turn ends without a word and without an error", async () => {
    const imports = "const approvalRequest = (message: string) => {\n\n  // TODO: Implement\n  return true;\n}";
    const text = exported(agent("desk", '"At the desk."'), `if (approvalRequest("Go on?")) {\n${step("desk")}return deskResult;\n} else {\n\n}`, { imports });
    const server = await fixture.server("empty-no.ts", text);
    const { threadId } = await begin(server, "Go", {});
    const sent = await decide(server, threadId, false);
    expect(sent.filter(({ type }) => type === "error")).toEqual([]);
    expect(await answers(server, threadId)).toEqual([]);
  });

  test("a branch without an agent: that there is no answer is said, and cannot be tried again", async () => {
    const text = exported("", 'if (workflow.input_as_text == "x") {\nreturn { message: "x" };\n} else {\n\n}');
    const { events } = await begin(await fixture.server("empty-branch.ts", text), "Go", {});
    expect(events).toContainEqual(expect.objectContaining({ type: "error", code: "custom", message: "There is no answer to this here.", allow_retry: false }));
  });

  test.each([
    ['{ price: 12, currency: "EUR" }', "**Price:** 12\n\n**Currency:** EUR"],
    ['{ message: "Closed", code: 3 }', "Closed"],
    ['{ said: "We are closed.", code: 3 }', "We are closed."],
    ['{ town: "Bergen" }', "Bergen"],
  ])("an object that it returns: %s", async (returned, answer) => {
    const server = await fixture.server("returned.ts", exported("", `const endResult = ${returned};\nreturn endResult;`));
    expect(await answers(server, (await begin(server, "Go", {})).threadId)).toEqual([answer]);
  });

  test("an approvalRequest that the team has written: it is left alone", async () => {
    const imports = "const approvalRequest = async (message: string) => message.length > 3;";
    const text = exported("", `if (await approvalRequest("long")) {\nreturn { message: "went on" };\n}`, { imports });
    const server = await fixture.server("own-approval.ts", text);
    expect(await answers(server, (await begin(server, "Go", {})).threadId)).toEqual(["went on"]);
  });

  test("a placeholder where its value cannot be known is an error with its line and what to write", async () => {
    const text = exported('const note = "About {{state.topic}}";\n', "return note;");
    const error = await fixture.load("unmendable.ts", text).catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(/unmendable\.ts:5: \{\{state\.topic\}\} was left in a text where its value is not known: write/);
  });

  test("runs side by side: each is a task of its own, and the one after them streams", async () => {
    const steps = `const [one, two] = await Promise.all([runner.run(first, conversationHistory), runner.run(second, conversationHistory)]);\n${step("last")}return { output_text: lastResult.output_text };`;
    const text = exported(agent("first", '"Be first."') + agent("second", '"Be second."') + agent("last", '"Be last."'), steps);
    const server = await fixture.server("side-by-side.ts", text);
    const { threadId, events } = await begin(server, "Go", { "Be first": said("1"), "Be second": said("2"), "Be last": said("Both done.") });
    expect(deltas(events).join("")).toBe("Both done.");
    const shown = tasks(await itemsOf(server, threadId)) as { title: string; status_indicator: string }[];
    expect(shown.map(({ title, status_indicator }) => `${title} ${status_indicator}`).sort()).toEqual(["first complete", "second complete"]);
    fixture.asked();
  });

  test("a call of its own at the end, with which somebody has tried it: no model is asked at the start", async () => {
    fixture.asked();
    const text = `${exported(agent("desk", '"At the desk."'), `${step("desk")}return deskResult;`).replace("export const", "const")}\nconst tried = await runWorkflow({ input_as_text: "Hello" });\nconsole.assert(tried !== null);\n`;
    const { server, notes } = await fixture.load("tried.ts", text);
    expect(notes!.join("\n")).toContain("the file calls runWorkflow itself: left out");
    expect(fixture.asked()).toEqual([]);
    expect(deltas((await begin(server, "Go", { "At the desk": said("Here.") })).events).join("")).toBe("Here.");
    fixture.asked();
  });

  test("questions in a loop: each is asked and answered for itself", async () => {
    const imports = "const approvalRequest = (message: string) => {\n\n  // TODO: Implement\n  return true;\n}";
    const steps = `while (state.rounds < 3) {\n${step("draft")}if (approvalRequest("Is this it?")) {\nreturn draftResult;\n}\nstate.rounds = state.rounds + 1;\n}\nreturn { message: "Then not." };`;
    const text = exported(agent("draft", '"Write a draft."'), steps, { imports, state: "rounds: 0" });
    const server = () => fixture.server("ask-again.ts", text);
    const { threadId } = await begin(await server(), "Go", { "Write a draft": said("A draft.") });
    await decide(await server(), threadId, false);
    await decide(await server(), threadId, true);
    expect(await answers(await server(), threadId)).toEqual(["A draft.", "A draft."]);
    expect(fixture.asked()).toHaveLength(2);
  });

  test("agents on a server that speaks chat completions", async () => {
    const text = exported(agent("sorter", '"Sort it."', "\n  outputType: z.object({ kind: z.string() }),") + agent("desk", '"At the desk."'), `${step("sorter", "", true)}${step("desk")}return deskResult;`);
    const { server } = await fixture.load("completions.ts", text, {}, { api: "chat_completions" });
    const { threadId, events } = await begin(server, "Go", { "Sort it": said('{"kind":"x"}'), "At the desk": said("Here I am.") });
    expect(deltas(events)).toEqual(["Here ", "I ", "am."]);
    expect(tasks(await itemsOf(server, threadId))).toMatchObject([{ title: "sorter", content: "Kind: x" }]);
    fixture.asked();
  });

  test("CEL that JavaScript has nothing for is an error with its line and what to write", async () => {
    const text = exported("", 'if (timestamp("2026-01-01T00:00:00Z") < state.at) {\nreturn { message: "x" };\n}', { state: "at: 1" });
    const error = await fixture.load("unmendable-cel.ts", text).catch((thrown: Error) => thrown);
    expect((error as Error).message).toMatch(/unmendable-cel\.ts:25: timestamp\(…\) is CEL and not JavaScript: write the condition in JavaScript$/);
  });

  test("the name of a model that means another", async () => {
    const text = exported(agent("desk", '"At the desk."'), step("desk"));
    const { server } = await fixture.load("alias.ts", text, {}, { aliases: { "gpt-5": "local-model" } });
    await begin(server, "Go", { "At the desk": said("Here.") });
    expect(fixture.asked()[0]!.model).toBe("local-model");
  });
});

test("a Python file is refused with one line that says which export to take", async () => {
  const error = (await fixture.load("workflow.py", "print()").catch((thrown: Error) => thrown)) as Error;
  expect(error.message).toMatch(/TypeScript\.$/);
  expect(error.message).not.toContain("\n");
});
