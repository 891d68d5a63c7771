/**
 * Activity: shows which tools a run uses, as tasks of a workflow or as a progress line. It only watches, and never changes what a tool
 * does.
 */
import type { Agent, RunItemStreamEvent, RunStreamEvent } from "@openai/agents";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import { task as taskSchema, type TaskInput } from "../../protocol/workflows.ts";
import { eventsIn, type Burst } from "../../server/streams/burst.ts";
import type { AgentContext } from "../agent-context.ts";
import { isClientTool } from "../client-tool.ts";
import { failureOf } from "./call-failure.ts";
import { hostedToolTask } from "./hosted-tool-task.ts";

/** How the use of tools is shown: as tasks of a workflow, as a progress line, or not at all. */
export type ToolActivityMode = "workflow" | "progress" | "off";

/** The task of a tool call, and where it is. */
type Shown = { workflowId: string; index: number; task: TaskInput };

const FAILED = { status_indicator: "none", content: "Failed." } as const;

/** Shows the tools of one run as tasks in the workflow of the context: loading first, then complete or failed. */
export class ToolActivity {
  readonly #shown = new Map<string, Shown>();

  constructor(
    // any: the request context may be of any type.
    private readonly chat: AgentContext<any>,
    private readonly mode: ToolActivityMode,
    /** The context that the run was started with. */
    private readonly context: object = chat,
  ) {}

  /** Must be called with every event of the run, before what that event itself leads to is streamed. */
  observe(event: RunStreamEvent): void {
    if (this.mode === "off") return;
    if (event.type === "run_item_stream_event") this.#onItem(event);
    else if (event.type === "raw_model_stream_event" && event.data.type === "model") this.#onRaw(event.data.event);
  }

  /** The same events, except that a workflow which ends while one of its tools still runs is stored with that task as complete. */
  settled(burst: Burst<ThreadStreamEvent>): Burst<ThreadStreamEvent> {
    if (this.#shown.size === 0) return burst;
    return eventsIn(burst).map((event) => this.#settled(event));
  }

  #settled(event: ThreadStreamEvent): ThreadStreamEvent {
    if (event.type !== "thread.item.done" || event.item.type !== "workflow") return event;
    const { item } = event;
    const mine = new Set([...this.#shown.values()].filter(({ workflowId }) => workflowId === item.id).map(({ index }) => index));
    const tasks = item.workflow.tasks.map((task, index) =>
      mine.has(index) && task.status_indicator === "loading" ? { ...task, status_indicator: "complete" as const } : task,
    );
    return { ...event, item: { ...item, workflow: { ...item.workflow, tasks } } };
  }

  #onItem({ name, item }: RunItemStreamEvent): void {
    const raw = item.rawItem;
    if (!raw || !("callId" in raw) || typeof raw.callId !== "string") return;
    if (name === "tool_called" && raw.type === "function_call") {
      // A tool that the page answers is shown by the page itself.
      if (item.type === "tool_call_item" && isAskedOfPage(item.agent, raw.name)) return;
      this.#begin(raw.callId, { type: "custom", title: titleOf(raw.name), status_indicator: "loading" });
    } else if (name === "tool_approval_requested") {
      this.#end(raw.callId, { status_indicator: "none" });
    } else if (name === "tool_output" && item.type === "tool_call_output_item" && raw.type === "function_call_result") {
      const failure = failureOf(this.context, item);
      this.#end(raw.callId, failure ? FAILED : { status_indicator: "complete" }, failure !== undefined);
    }
  }

  /** Tools that the model server runs: the SDK reports them when they are over, only the raw events tell when they begin. */
  #onRaw(event: { type?: string; item?: { id?: string; type?: string; status?: unknown; error?: unknown } }): void {
    if (event.type !== "response.output_item.added" && event.type !== "response.output_item.done") return;
    const task = event.item?.id === undefined ? undefined : hostedToolTask(event.item);
    if (!task || event.item?.id === undefined) return;
    if (event.type === "response.output_item.added") this.#begin(event.item.id, { ...task, status_indicator: "loading" });
    else if (hasFailed(event.item)) this.#end(event.item.id, { ...task, ...FAILED } as TaskInput, true);
    else this.#end(event.item.id, { ...task, status_indicator: "complete" });
  }

  #begin(id: string, task: TaskInput): void {
    const { chat } = this;
    if (this.mode === "progress") return chat.stream({ type: "progress_update", text: `${task.title}…` });
    chat.addWorkflowTask(task);
    const workflow = chat.workflowItem;
    if (workflow) this.#shown.set(id, { workflowId: workflow.id, index: workflow.workflow.tasks.length - 1, task });
  }

  #end(id: string, change: Partial<TaskInput>, hasFailed = false): void {
    const shown = this.#shown.get(id);
    if (!shown) return;
    shown.task = { ...shown.task, ...change } as TaskInput;
    if (this.chat.workflowItem?.id === shown.workflowId) return this.chat.updateWorkflowTask(shown.task, shown.index);
    // The workflow has ended meanwhile, with this call as complete.
    if (!hasFailed) return;
    const update = { type: "workflow.task.updated", task_index: shown.index, task: taskSchema.parse(shown.task) } as const;
    this.chat.stream({ type: "thread.item.updated", item_id: shown.workflowId, update });
  }
}

/** Whether a call of a tool that the model server runs has failed. */
function hasFailed({ status, error }: { status?: unknown; error?: unknown }): boolean {
  return status === "failed" || (error !== undefined && error !== null);
}

// any: an agent may have any context and output type.
function isAskedOfPage(agent: Agent<any, any>, name: string): boolean {
  return agent.tools.some((tool) => tool.name === name && isClientTool(tool));
}

/** `get_weather` and `getWeather` are shown as "Get weather". */
function titleOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/[_\-.]+/g, " ").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
