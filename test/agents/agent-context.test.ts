import { describe, expect, test } from "bun:test";
import { RunContext } from "@openai/agents";
import { AgentContext, agentContext } from "../../src/agents/agent-context.ts";
import { streamAgentResponse } from "../../src/agents/response/stream-agent-response.ts";
import type { ThreadStreamEvent } from "../../src/protocol/events.ts";
import { chat, type Chat } from "../support/chat-context.ts";

/** What a context streams while nothing else happens. */
async function streamed(it: Chat, work: (context: AgentContext) => void | Promise<void>): Promise<ThreadStreamEvent[]> {
  const stream = new ReadableStream({ pull: async (out) => void (await work(it.context), out.close()) }, { highWaterMark: 0 });
  const run = { toStream: () => stream, completed: Promise.resolve(), rawResponses: [], newItems: [], interruptions: [], cancelled: false };
  return Array.fromAsync(streamAgentResponse(it.context, run as never));
}

describe("agentContext", () => {
  test("finds the chat in a run's context", async () => {
    const { context } = await chat();
    expect(agentContext(new RunContext(context))).toBe(context);
  });

  test.each([["no run", undefined], ["a run without one", new RunContext({})]])("throws for %s", (_, run) => {
    expect(() => agentContext(run)).toThrow("There is no AgentContext here");
  });
});

describe("an AgentContext", () => {
  test("mints ids as the store does", async () => {
    const { context } = await chat();
    expect(context.generateId("workflow")).toStartWith("wf_");
    expect(context.generateId("thread")).toStartWith("thr_");
  });

  test("keeps events that come before the answer is streamed", async () => {
    const it = await chat();
    it.context.stream({ type: "progress_update", text: "early" });
    const events = await streamed(it, (context) => context.stream({ type: "progress_update", text: "later" }));
    expect(events).toEqual([{ type: "progress_update", text: "early" }, { type: "progress_update", text: "later" }]);
  });

  test("copies what it is given, so that a later change is not sent", async () => {
    const it = await chat();
    const item = { type: "widget" as const, widget: { type: "Card" as const, children: [{ type: "Text" as const, value: "before" }] } };
    const task = { type: "custom" as const, title: "before" };
    const events = await streamed(it, (context) => {
      context.stream({ type: "thread.item.done", item });
      context.addWorkflowTask(task);
      item.widget.children[0]!.value = task.title = "after";
    });
    expect(JSON.stringify(events)).not.toContain("after");
    expect(it.context.workflowItem!.workflow.tasks).toMatchObject([{ title: "before" }]);
  });

  test("streams the renderings of a widget as one item that grows", async () => {
    async function* growing() {
      for (const value of ["a", "ab", "abc"]) yield { type: "Card" as const, children: [{ type: "Text" as const, id: "t", value }] };
    }
    const it = await chat();
    const events = await streamed(it, (context) => context.streamWidget(growing(), "abc"));
    expect(events.map((event) => event.type)).toEqual([
      "thread.item.added",
      "thread.item.updated",
      "thread.item.updated",
      "thread.item.done",
    ]);
    expect(events.at(-1)).toMatchObject({ item: { type: "widget", copy_text: "abc", widget: { children: [{ value: "abc" }] } } });
  });

  test("streams a whole widget at once, before what comes while its tool still waits", async () => {
    const it = await chat();
    const events = await streamed(it, async (context) => {
      const shown = context.streamWidget({ type: "Card", children: [{ type: "Text", value: "a" }] });
      context.stream({ type: "progress_update", text: "later" });
      await shown;
    });
    expect(events.map((event) => event.type)).toEqual(["thread.item.done", "progress_update"]);
  });

  test("gives items without an id one of the store's", async () => {
    const it = await chat();
    const events = await streamed(it, (context) =>
      context.stream({ type: "thread.item.done", item: { type: "assistant_message", content: [{ type: "output_text", text: "Hi" }] } }),
    );
    expect(events).toMatchObject([{ item: { id: expect.stringMatching(/^msg_/), thread_id: "thread_x" } }]);
  });
});

describe("a workflow", () => {
  test("keeps each event as it was when it was streamed", async () => {
    const it = await chat();
    const events = await streamed(it, (context) => {
      context.startWorkflow({ type: "custom", tasks: [{ type: "custom", title: "a", status_indicator: "loading" }] });
      context.updateWorkflowTask({ type: "custom", title: "a", status_indicator: "complete" }, 0);
      context.addWorkflowTask({ type: "web_search", queries: ["q"] });
      context.endWorkflow({ title: "Looked" }, true);
    });
    expect(events).toMatchObject([
      { type: "thread.item.added", item: { workflow: { tasks: [{ status_indicator: "loading" }], expanded: false } } },
      { update: { type: "workflow.task.updated", task: { status_indicator: "complete" } } },
      { update: { type: "workflow.task.added", task_index: 1, task: { type: "web_search", queries: ["q"], sources: [] } } },
      { type: "thread.item.done", item: { workflow: { summary: { title: "Looked" }, expanded: true } } },
    ]);
    expect((events[0] as { item: { workflow: { tasks: unknown[] } } }).item.workflow.tasks).toHaveLength(1);
  });

  test("that is not open cannot be changed", async () => {
    const { context } = await chat();
    expect(() => context.updateWorkflowTask({ type: "custom", title: "a" }, 0)).toThrow("There is no open workflow");
    context.addWorkflowTask({ type: "custom", title: "a" });
    expect(() => context.updateWorkflowTask({ type: "custom", title: "b" }, 1)).toThrow("The workflow has no task 1");
  });

  test("takes only tasks that fit the protocol", async () => {
    const { context } = await chat();
    expect(() => context.addWorkflowTask({ type: "thought" } as never)).toThrow("content");
  });

  test("is not looked for after a message of the user", async () => {
    const it = await chat();
    const workflow = { type: "reasoning" as const, tasks: [], expanded: false };
    const item = { id: "wf_1", thread_id: "thread_x", created_at: "2026-01-01T00:00:00.000Z", type: "workflow" as const, workflow };
    it.context.recentItems = [item];
    await streamed(it, (context) => expect(context.workflowItem?.id).toBe("wf_1"));
    const next = await chat([item], { reason: "message", userMessage: { id: "u" } as never });
    await streamed(next, (context) => expect(context.workflowItem).toBeUndefined());
  });
});
