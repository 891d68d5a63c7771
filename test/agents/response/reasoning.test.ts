import { afterAll, describe, expect, test } from "bun:test";
import { tool } from "@openai/agents";
import { z } from "zod";
import { agentContext } from "../../../src/agents/agent-context.ts";
import type { WorkflowItem } from "../../../src/protocol/items.ts";
import { assistant, doneItems, outline, texts, turn } from "../../support/agent-turn.ts";
import { chat } from "../../support/chat-context.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const server = new ResponsesServer();
afterAll(() => server.stop());

const weather = tool({ name: "get_weather", description: "", parameters: z.object({}), execute: async () => "sunny" });

function workflows(events: Parameters<typeof doneItems>[0]): WorkflowItem[] {
  return doneItems(events).filter((item) => item.type === "workflow") as WorkflowItem[];
}

describe("reasoning", () => {
  test("is a workflow that ends, collapsed and timed, when the answer begins", async () => {
    const { events } = await turn(server, [[{ reasoning: ["Let me see."] }, { text: "Yes." }]]);
    expect(outline(events).slice(0, 7)).toEqual([
      "added workflow",
      "workflow.task.added",
      "workflow.task.updated",
      "workflow.task.updated",
      "workflow.task.updated",
      "done workflow",
      "added assistant_message",
    ]);
    const [{ workflow }] = workflows(events) as [WorkflowItem];
    expect(workflow).toMatchObject({ type: "reasoning", expanded: false, summary: { duration: expect.any(Number) } });
    expect(workflow.tasks).toEqual([{ type: "thought", status_indicator: "none", content: "Let me see." }]);
  });

  test("streams its first part only; later ones come when they are done", async () => {
    const { events } = await turn(server, [[{ reasoning: ["one two", "three four"] }, { text: "Yes." }]]);
    const updates = events.flatMap((event) =>
      event.type === "thread.item.updated" && event.update.type.startsWith("workflow.task") ? [event.update] : [],
    );
    expect(updates.map((update) => ("task_index" in update ? [update.type.slice(14), update.task_index, update.task] : []))).toMatchObject([
      ["added", 0, { content: "one " }],
      ["updated", 0, { content: "one two" }],
      ["updated", 0, { content: "one two" }],
      ["added", 1, { content: "three four" }],
    ]);
  });

  test("before and after a tool is one workflow", async () => {
    const script = [[{ reasoning: ["Need it."] }, { tool: "get_weather" }], [{ reasoning: ["Got it."] }, { text: "Sunny." }]];
    const { events } = await turn(server, script, { agent: assistant({ tools: [weather] }) });
    const [only, ...others] = workflows(events);
    expect(others).toEqual([]);
    expect(only!.workflow.tasks.map((task) => task.type === "thought" && task.content)).toEqual(["Need it.", "Got it."]);
  });

  test("without a summary is a workflow with no thoughts; its raw text is not shown", async () => {
    const { events } = await turn(server, [[{ reasoning_text: "secret musings" }, { text: "Yes." }]]);
    expect(workflows(events)[0]!.workflow.tasks).toEqual([]);
    expect(JSON.stringify(events)).not.toContain("musings");
  });

  test("goes into a workflow that a tool has opened", async () => {
    const plan = tool({
      name: "plan",
      description: "",
      parameters: z.object({}),
      execute: async (_, run) => {
        agentContext(run).startWorkflow({ type: "custom", tasks: [] });
        return "started";
      },
    });
    const script = [[{ tool: "plan" }], [{ reasoning: ["Thinking."] }, { text: "Yes." }]];
    const { events } = await turn(server, script, { agent: assistant({ tools: [plan] }) });
    expect(outline(events).slice(0, 3)).toEqual(["added workflow", "done workflow", "added assistant_message"]);
    expect(workflows(events)[0]!.workflow).toMatchObject({ type: "custom", tasks: [{ type: "thought", content: "Thinking." }] });
  });

  test("still open at the end of a run is stored and goes on in the next one", async () => {
    const it = await chat();
    const first = await turn(server, [[{ reasoning: ["Part one."] }, { failed: {} }]], { chat: it });
    expect(first.error).toBeInstanceOf(Error);
    expect(it.store.writes).toEqual([]);
    const quiet = tool({ name: "get_weather", description: "", parameters: z.object({}), execute: () => "" });
    const stopping = assistant({ tools: [quiet], toolUseBehavior: "stop_on_first_tool" });
    const other = await chat();
    const second = await turn(server, [[{ reasoning: ["Part one."] }, { tool: "get_weather" }]], { chat: other, agent: stopping });
    expect(workflows(second.events)).toEqual([]);
    const [stored] = other.store.writes as [WorkflowItem];
    const again = await chat([stored]);
    const third = await turn(server, [[{ reasoning: ["Part two."] }, { text: "Yes." }]], { chat: again });
    expect(outline(third.events).slice(0, 3)).toEqual(["workflow.task.added", "done workflow", "added assistant_message"]);
    const [done] = workflows(third.events) as [WorkflowItem];
    expect(done.id).toBe(stored.id);
    expect(done.workflow.tasks).toHaveLength(2);
    expect(texts(third.events)).toEqual(["Yes."]);
  });

  test("that goes on does not change what was streamed of it before", async () => {
    const { events } = await turn(server, [[{ reasoning: ["one", "two"] }, { text: "Yes." }]]);
    const added = events.find((event) => event.type === "thread.item.added");
    expect(added).toMatchObject({ item: { workflow: { tasks: [] } } });
  });
});
