import { RunContext } from "@openai/agents";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItem, WorkflowItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { WidgetRoot } from "../protocol/widgets.ts";
import { task as taskSchema, workflow as workflowSchema } from "../protocol/workflows.ts";
import type { TaskInput, WorkflowInput, WorkflowSummary } from "../protocol/workflows.ts";
import type { RequestContext } from "../server/context.ts";
import type { Store, StoreItemType } from "../store/store.ts";
import { isStream, streamWidget, wholeWidget } from "../widgets/stream-widget.ts";
import { endedWorkflow, openWorkflow, withTask, withTaskAt } from "./workflow.ts";

/** What the page is asked to do; `callId` is the model's, where the tool knows it. */
export type ClientToolCall = { name: string; arguments: Record<string, unknown>; callId?: string };

type AgentContextInit<C extends RequestContext> = {
  thread: ThreadMetadata;
  store: Store<C>;
  requestContext: C;
  previousResponseId?: string;
  /** The thread's newest items, oldest first, where they are at hand: it saves a look at the store. */
  recentItems?: readonly ThreadItem[];
};

type AnyContext = AgentContext<any>; // any: whatever the request context is
/** The response a context's events go into: for `streamAgentResponse` and the tools of this folder only. */
type Attached = {
  receive(event: ThreadStreamEvent): void;
  /** Whether the run itself made that call, and not the run of an agent that is one of its tools. */
  hasCalled(callId: string): boolean;
};

/** Hands over the events of a context, those that came early first; what it answers ends that. */
export let attachResponse: (context: AnyContext, response: Attached) => () => void;
export let attachedResponse: (context: AnyContext) => Attached | undefined;

/**
 * The chat, as a run's tools, hooks and guardrails see it: hand it to `run()` as its `context`, find it with `agentContext(run)`.
 * One context serves one answer.
 */
export class AgentContext<C extends RequestContext = RequestContext> {
  readonly thread: ThreadMetadata;
  readonly store: Store<C>;
  readonly requestContext: C;
  previousResponseId?: string;
  recentItems?: readonly ThreadItem[];
  /** Set by a tool that the page is to answer: the run stops when the tools of this turn are done. */
  clientToolCall?: ClientToolCall;
  /** The workflow being shown, if one is open. Replaced at each change, so that what was streamed stays as it was. */
  workflowItem?: WorkflowItem | undefined;
  #response: Attached | undefined;
  #early: ThreadStreamEvent[] = [];
  #ended = false;

  static {
    attachedResponse = (context) => context.#response;
    attachResponse = (context, response) => {
      context.#response = response;
      context.#ended = false;
      for (const event of context.#early.splice(0)) response.receive(event);
      return () => {
        context.#response = undefined;
        context.#ended = true;
      };
    };
  }

  constructor(init: AgentContextInit<C>) {
    this.thread = init.thread;
    this.store = init.store;
    this.requestContext = init.requestContext;
    if (init.previousResponseId !== undefined) this.previousResponseId = init.previousResponseId;
    if (init.recentItems) this.recentItems = init.recentItems;
  }

  /** A new id of the store's making. */
  generateId(type: StoreItemType | "thread"): string {
    if (type === "thread") return this.store.generateThreadId(this.requestContext);
    return this.store.generateItemId(type, this.thread, this.requestContext);
  }

  /**
   * Adds an event to the answer, in the order of the calls. It is copied: what is changed on it afterwards is not sent.
   * @throws Error when the answer has ended, since nobody would see the event.
   */
  stream(event: ThreadStreamEvent): void {
    if (this.#ended) throw new Error(`The response has ended: ${event.type} can no longer be streamed.`);
    const copy = structuredClone(event);
    if (this.#response) this.#response.receive(copy);
    else this.#early.push(copy);
  }

  /** Adds a widget to the answer, or the renderings of one as they come. */
  async streamWidget(widget: WidgetRoot | AsyncIterable<WidgetRoot>, copyText?: string): Promise<void> {
    // At once, so that of tools that run side by side the one called first is shown first.
    if (!isStream(widget)) return this.stream(wholeWidget(this.thread, widget, copyText, (type) => this.generateId(type)));
    for await (const event of streamWidget(this.thread, widget, copyText, (type) => this.generateId(type))) this.stream(event);
  }

  /** Opens a workflow and ends the one before it. A custom one is shown with its first task, a reasoning one at once. */
  startWorkflow(workflow: WorkflowInput): void {
    const parsed = workflowSchema.parse(workflow);
    this.endWorkflow();
    this.workflowItem = openWorkflow(this, parsed);
    if (parsed.type === "reasoning" || parsed.tasks.length > 0) this.stream({ type: "thread.item.added", item: this.workflowItem });
  }

  /** Adds a task to the open workflow; opens a custom one when there is none. */
  addWorkflowTask(task: TaskInput): void {
    const open = this.workflowItem ?? openWorkflow(this, { type: "custom", tasks: [], expanded: false });
    const { item, event } = withTask(open, taskSchema.parse(task));
    this.workflowItem = item;
    this.stream(event);
  }

  /** Replaces the task at `index`. @throws Error when no workflow is open or it has no such task. */
  updateWorkflowTask(task: TaskInput, index: number): void {
    if (!this.workflowItem) throw new Error("There is no open workflow.");
    const { item, event } = withTaskAt(this.workflowItem, taskSchema.parse(task), index);
    this.workflowItem = item;
    this.stream(event);
  }

  /** Ends the open workflow, if there is one. Without a summary it gets the time it took, in seconds. */
  endWorkflow(summary?: WorkflowSummary, expanded = false): void {
    if (!this.workflowItem) return;
    const item = endedWorkflow(this.workflowItem, summary, expanded);
    this.workflowItem = undefined;
    this.stream({ type: "thread.item.done", item });
  }
}

/** The chat of a run. @throws Error outside of a run, or in one that was started without an `AgentContext`. */
export function agentContext<T extends AgentContext<any> = AgentContext>(run: RunContext<any> | undefined): T {
  const context: unknown = run?.context;
  if (context instanceof AgentContext) return context as T;
  throw new Error("There is no AgentContext here: start the run with one, run(agent, input, { context }).");
}
