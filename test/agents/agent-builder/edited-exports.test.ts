import { afterAll, describe, expect, test } from "bun:test";
import type { WidgetItem } from "../../../src/protocol/items.ts";
import { events as sendTo, itemsOf, userInput } from "../../support/chat.ts";
import { agent, exported, step } from "../../support/exported-file.ts";
import { answers, begin, decide, deltas, goOn, message, tasks, WorkflowFixture, type Says } from "../../support/workflow-fixture.ts";

const searches: object[] = [];
const fixture = new WorkflowFixture((path) => {
  if (path !== "/v1/vector_stores/vs_1/search") return undefined;
  return (body) => (searches.push(body), { object: "vector_store.search_results.page", data: [], has_more: false, next_page: null });
});
afterAll(() => fixture.stop());

const said = (text: string) => [[{ text }]];
const STUB = "const approvalRequest = (message: string) => {\n\n  // TODO: Implement\n  return true;\n}";

function widget(name: string, template: string): Record<string, string> {
  return { [`${name}.widget`]: JSON.stringify({ version: "1.0", name, template, jsonSchema: {} }) };
}

describe("a stub that says yes to everything, also when it is written", () => {
  test.each([
    ["with the message unused", "const approvalRequest = (message: string) => {\n  void message;\n\n  // TODO: Implement\n  return true;\n};"],
    ["with a line for the log", "const approvalRequest = (message) => {\n  console.log('[Approval]:', message.trim());\n  return true; // for now\n};"],
    ["as an expression", "const approvalRequest: (message: string) => boolean = (_message) => true;"],
    ["as a function that is waited for", "export async function approvalRequest(message: string): Promise<boolean> {\n  return Promise.resolve(true)\n}"],
    ["as a function that is not waited for", "const approvalRequest = async () => {\n  return true;\n}"],
  ])("%s, asks the person", async (how, stub) => {
    const wait = how.endsWith("is waited for") ? "await " : "";
    const text = exported(agent("desk", '"At the desk."'), `if (${wait}approvalRequest("Go on?")) {\n${step("desk")}return deskResult;\n}`, { imports: stub });
    const { server, notes } = await fixture.load("stub.ts", text);
    expect(notes!.join("\n")).toContain("approvalRequest() says yes to everything: the person is asked instead");
    const { threadId } = await begin(server, "Go", { "At the desk": said("Done.") });
    expect(fixture.asked()).toEqual([]);
    await decide(await fixture.server("stub.ts", text), threadId, true);
    expect(await answers(server, threadId)).toEqual(["Done."]);
    fixture.asked();
  });

  test.each([
    "const approvalRequest = (message: string) => {\n  if (!message) return false;\n  return true;\n};",
    "const approvalRequest = (message: string) => {\n  notify(message);\n  return true;\n};\nconst notify = (text: string) => {};",
  ])("but not one that does something: %s", async (own) => {
    const text = exported("", 'if (approvalRequest("Go on?")) {\nreturn { message: "went on" };\n}', { imports: own });
    const server = await fixture.server("own.ts", text);
    expect(await answers(server, (await begin(server, "Go", {})).threadId)).toEqual(["went on"]);
  });

  test("its message is shown line by line, without the indentation that it has in the file", async () => {
    const text = exported("", "if (approvalRequest(`Changes follow.\n\n            • A window\n            `)) {\nreturn { message: \"x\" };\n}", { imports: STUB });
    const server = await fixture.server("indented.ts", text);
    const { threadId } = await begin(server, "Go", {});
    const card = (await itemsOf(server, threadId)).at(-1) as WidgetItem;
    expect(card.widget).toMatchObject({ children: [{}, { value: "Changes follow." }, { value: "• A window" }, {}] });
  });
});

describe("several agents of one name", () => {
  const schemas = "const AgentSchema = z.object({ ok: z.boolean() });\nconst AgentSchema1 = z.object({ name: z.string(), grams: z.number().nullable() });\n";
  const agents = agent("agent", '"Check it."', "\n  outputType: AgentSchema,") + agent("agent1", '"Collect it."', "\n  outputType: AgentSchema1,");
  const text = exported(schemas + agents.replaceAll(/name: "agent1?"/g, 'name: "Agent"'), `${step("agent1", "", true)}if (approvalRequest("")) {\n${step("agent", "", true)}} else {\nreturn agent1Result;\n}`, { imports: STUB });
  const says: Says = { "Collect it": said('{"name":"Cube","grams":null}'), "Check it": said('{"ok":true}') };

  test("have each the widget of its own schema, and what a person is asked about is seen before, once", async () => {
    const beside = { ...widget("AgentSchema1", '{"type":"Card","children":[{"type":"Text","value":{{ name | tojson }}}]}'), ...widget("Agent", '{"type":"Card","children":[{"type":"Text","value":"wrong"}]}') };
    const server = () => fixture.server("names.ts", text, beside);
    const { threadId } = await begin(await server(), "Go", says);
    const shown = async () => (await itemsOf(await server(), threadId)).flatMap((item) => (item.type === "widget" ? [JSON.stringify(item.widget)] : []));
    expect(await shown()).toEqual([expect.stringContaining("Cube"), expect.stringContaining("Your approval is needed")]);
    await decide(await server(), threadId, false);
    expect(await shown()).toHaveLength(2);
    expect(await answers(await server(), threadId)).toEqual([]);
    fixture.asked();
  });

  test("a question without a word shows what was made before it, where that has no widget", async () => {
    const server = await fixture.server("alone/names.ts", text);
    const { threadId } = await begin(server, "Go", says);
    expect((await itemsOf(server, threadId)).at(-1)).toMatchObject({ widget: { children: [{ value: "Your approval is needed" }, { value: "Name: Cube" }, {}] } });
    fixture.asked();
  });
});

describe("the answer", () => {
  test("is streamed also when it is kept in a variable of the file first", async () => {
    const steps = `let outputText = "";\nif (workflow.input_as_text.includes("one")) {\n${step("first")}outputText = firstResult.output_text;\n} else {\n${step("second")}outputText = secondResultTemp.finalOutput ?? "";\n}\nreturn { output_text: outputText };`;
    const server = await fixture.server("kept.ts", exported(agent("first", '"Be first."') + agent("second", '"Be second."'), steps));
    const { threadId, events } = await begin(server, "one", { "Be first": said("I am first.") });
    expect(deltas(events)).toEqual(["I ", "am ", "first."]);
    expect(tasks(await itemsOf(server, threadId))).toEqual([]);
    fixture.asked();
  });

  test("is streamed also when the workflow keeps what its trace returns", async () => {
    const text = exported(agent("desk", '"At the desk."'), `${step("desk")}return deskResult;`).replace("return await withTrace", "const traced = await withTrace").replace(/  \}\);\n\}\n$/, "  });\n  return traced;\n}\n");
    const { events } = await begin(await fixture.server("traced.ts", text), "Go", { "At the desk": said("I am here.") });
    expect(deltas(events)).toEqual(["I ", "am ", "here."]);
    const changed = text.replace("return traced;", 'return { output_text: traced.output_text + " Bye." };');
    const { threadId } = await begin(await fixture.server("changed.ts", changed), "Go", { "At the desk": said("I am here.") });
    expect(await answers(await fixture.server("changed.ts", changed), threadId)).toEqual(["I am here. Bye."]);
    fixture.asked();
  });

  test("is not, when the file adds to that variable", async () => {
    const server = await fixture.server("added.ts", exported(agent("first", '"Be first."'), `let text = "";\n${step("first")}text = firstResult.output_text;\ntext += " Bye.";\nreturn { output_text: text };`));
    const { threadId, events } = await begin(server, "Go", { "Be first": said("Hello.") });
    expect(deltas(events)).toEqual([]);
    expect(await answers(server, threadId)).toEqual(["Hello. Bye."]);
    fixture.asked();
  });

  test("of a file that returns all its results is the last of them", async () => {
    const agents = agent("web", '"Search it."', "\n  outputType: z.object({ found: z.array(z.string()) }),") + agent("sum", '"Sum it up."');
    const server = await fixture.server("all.ts", exported(agents, `${step("web", "", true)}${step("sum")}return {\nwebResult,\nsumResult\n};`));
    const { threadId } = await begin(server, "Go", { "Search it": said('{"found":["a"]}'), "Sum it up": said("In sum: a.") });
    expect(await answers(server, threadId)).toEqual(["In sum: a."]);
    fixture.asked();
  });

  test("of a file that streams by itself comes when it has it, and it remembers", async () => {
    const steps = "let text = \"\";\nconst stream = await runner.run(desk, conversationHistory, { stream: true });\nfor await (const part of stream.toTextStream()) text += part;\nawait stream.completed;\nreturn { output_text: text };";
    const server = await fixture.server("own-stream.ts", exported(agent("desk", '"At the desk."'), steps));
    const { threadId } = await begin(server, "One", { "At the desk": said("First.") });
    await goOn(server, threadId, "Two", { "At the desk": said("Second.") });
    expect(await answers(server, threadId)).toEqual(["First.", "Second."]);
    expect(fixture.asked()[1]!.input).toHaveLength(3);
  });
});

describe("memory and what is sent beside the text", () => {
  const QUOTE = { quoted_text: "the pier" };
  const first = '[\n      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }\n    ]';
  const one = exported(agent("desk", '"At the desk."'), `${step("desk")}return deskResult;`);

  test.each([
    ["a list that is begun empty", one.replace(`${first};`, '[];\n    conversationHistory.push({ role: "user", content: workflow.input_as_text });')],
    ["a message that is a text", one.replace(first, '[{ role: "user", content: workflow.input_as_text }]')],
    ["no list, and a text for the agent that answers", one.replace(/\[\s*\.\.\.conversationHistory\s*\]/, "workflow.input_as_text").replace(/const conversationHistory[^]*?\];/, "const conversationHistory = new Set();").replace(/conversationHistory\.push.*/, "")],
    ["no list, and CommonJS", `${one.replace("export const", "const").replace(/import \{(.*)\} from (".*")/g, "const {$1} = require($2)").replace(/\[\s*\.\.\.conversationHistory\s*\]/, "workflow.input_as_text").replace(/const conversationHistory[^]*?\];/, "").replace(/conversationHistory\.push.*/, "")}\nmodule.exports = { runWorkflow };`],
  ])("%s", async (_how, text) => {
    const server = await fixture.server("listed.ts", text);
    const { threadId, events } = await begin(server, "One", { "At the desk": said("First answer.") });
    expect(deltas(events)).toEqual(["First ", "answer."]);
    fixture.asked();
    const input = userInput(message("Two", { "At the desk": said("Second.") }), QUOTE);
    await sendTo(server, "threads.add_user_message", { thread_id: threadId, input });
    const [asked] = fixture.asked();
    expect(asked!.input).toHaveLength(3);
    expect(JSON.stringify(asked!.input.at(-1))).toContain("the pier");
    expect(await answers(server, threadId)).toEqual(["First answer.", "Second."]);
  });

  test("a workflow that takes the text itself", async () => {
    const server = await fixture.server("text.ts", one.replace("workflow: WorkflowInput", "inputText: string").replace("type WorkflowInput = { input_as_text: string };", "").replaceAll("workflow.input_as_text", "inputText"));
    await begin(server, "Hello there", { "At the desk": said("Yes?") });
    expect(JSON.stringify(fixture.asked()[0]!.input)).toContain("Hello there");
  });
});

test("a file with byte order mark, Windows' line ends, and a type for its state", async () => {
  const text = exported(agent("desk", '"Desk of {{state.town}}."'), `${step("desk")}return deskResult;`, { state: 'town: "Bergen"' }).replace("const state =", "const state: { town: string; seen?: number } =");
  const { server, notes } = await fixture.load("windows.ts", `\uFEFF${text.replaceAll("\n", "\r\n")}`);
  expect(notes!.join("\n")).toMatch(/windows\.ts:7: \{\{state\.town\}\} was left in the instructions/);
  const { threadId } = await begin(server, "Go", { "Desk of Bergen": said("Here.") });
  expect(await answers(server, threadId)).toEqual(["Here."]);
  fixture.asked();
});

test.each(["zod/v3", "zod/v4", "zod"])("schemas of %s, an empty list in an output, which is not shown", async (zod) => {
  const agents = agent("plan", '"Plan it."', "\n  outputType: z.object({ title: z.string(), points: z.array(z.string()), note: z.string().nullable() }),");
  const text = exported(agents, `${step("plan", "", true)}return planResult;`).replace('from "zod"', `from "${zod}"`);
  const { threadId } = await begin(await fixture.server(`${zod.replace("/", "-")}.ts`, text), "Go", { "Plan it": said('{"title":"Trip","points":[],"note":null}') });
  expect(await answers(await fixture.server(`${zod.replace("/", "-")}.ts`, text), threadId)).toEqual(["Trip"]);
  fixture.asked();
});

test("a default export that names the workflow", async () => {
  const text = `${exported(agent("desk", '"At the desk."'), `${step("desk")}return deskResult;`).replace("export const", "const")}\nexport default { runWorkflow };\n`;
  expect(deltas((await begin(await fixture.server("named.ts", text), "Go", { "At the desk": said("Here.") })).events)).toEqual(["Here."]);
  fixture.asked();
});

test("the query of a search with backticks around it is read as a text, with its placeholders", async () => {
  const imports = 'import { OpenAI } from "openai";\nconst client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });';
  const steps = "const filesearchResult = (await client.vectorStores.search(\"vs_1\", {query: ``\n    Search for `code` of\n\n     {{state.town}}``,\n      max_num_results: 20})).data;\nreturn { message: `${filesearchResult.length} found` };";
  const { server, notes } = await fixture.load("query.ts", exported("", steps, { imports, state: 'town: "Bergen"' }));
  expect(notes!.join("\n")).toMatch(/query\.ts:\d+: the query of the search is between two pairs of backticks/);
  const { threadId } = await begin(server, "Go", {});
  expect(searches).toMatchObject([{ query: "\n    Search for `code` of\n\n     Bergen" }]);
  expect(await answers(server, threadId)).toEqual(["0 found"]);
});

test("guardrails in a file beside it, or in a function of another name, judge what an agent has said before it is seen", async () => {
  const guards = 'import { runGuardrails } from "@openai/guardrails";\nconst config = { guardrails: [{ name: "URL Filter", config: { url_allow_list: ["harbour.example"], allowed_schemes: ["https"], block_userinfo: true, allow_subdomains: false } }] };\nexport const isFine = async (text) => {\n  const found = await runGuardrails(text, config, { guardrailLlm: {} }, true);\n  return !found.some((one) => one.tripwireTriggered);\n};\n';
  const steps = `${step("desk")}if (!(await isFine(deskResult.output_text))) {\nreturn { message: "Not here." };\n}\nreturn deskResult;`;
  const says: Says = { "At the desk": said("A secret: http://elsewhere.example/") };
  const files: [string, Record<string, string>][] = [['import { isFine } from "./guards";', { "guards.ts": guards }], [guards.replace("export ", ""), {}]];
  for (const [imports, beside] of files) {
    const server = await fixture.server("judged.ts", exported(agent("desk", '"At the desk."'), steps, { imports }), beside);
    const { threadId, events } = await begin(server, "Go", says);
    expect(deltas(events)).toEqual([]);
    expect(await answers(server, threadId)).toEqual(["Not here."]);
  }
  fixture.asked();
});
