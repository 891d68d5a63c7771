import { RunContext } from "@openai/agents";
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { ThreadItem, WorkflowItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import type { WidgetRoot } from "../protocol/widgets.ts";
import { currentChat } from "./current-chat.ts";
import { task as taskSchema, workflow as workflowSchema } from "../protocol/workflows.ts";
import type { TaskInput, WorkflowInput, WorkflowSummary } from "../protocol/workflows.ts";
import type { RequestContext } from "../server/context.ts";
import type { Store, StoreItemType, UserScope } from "../store/store.ts";
import { isStream, streamWidget, wholeWidget } from "../widgets/stream-widget.ts";
import { endedWorkflow, openWorkflow, withTask, withTaskAt } from "./workflow.ts";

/** What the page is asked to do; `callId` is the model's id of the tool call, if it is known. */
export type ClientToolCall = { name: string; arguments: Record<string, unknown>; callId?: string };

type AgentContextInit<C extends RequestContext> = {
  thread: ThreadMetadata;
  store: Store<UserScope>;
  requestContext: C;
  previousResponseId?: string;
  /** The thread's newest items, oldest first, if they have been loaded already: that saves loading them again. */
  recentItems?: readonly ThreadItem[];
  /** Where images of the model are kept. @default in their items */
  attachmentStore?: AttachmentStore<C> | undefined;
};

type AnyContext = AgentContext<any>; // any: the request context may be of any type
/** The response that the events of a context go into. Only `streamAgentResponse` and the tools of this room use it. */
type Attached = {
  receive(event: ThreadStreamEvent): void;
  /** Whether the run itself has made that tool call. False for a call inside an agent that is used as a tool. */
  hasCalled(callId: string): boolean;
};

/** Connects a context to its response, which first receives the events streamed before. Returns a function that disconnects them. */
export let attachResponse: (context: AnyContext, response: Attached) => () => void;
export let attachedResponse: (context: AnyContext) => Attached | undefined;

/**
 * The chat, for the tools, hooks and guardrails of a run: pass it to `run()` as its `context`, get it with `agentContext(run)`. Each
 * answer needs a context of its own.
 */
export class AgentContext<C extends RequestContext = RequestContext> {
  readonly thread: ThreadMetadata;
  readonly store: Store<UserScope>;
  readonly requestContext: C;
  previousResponseId?: string;
  recentItems?: readonly ThreadItem[];
  readonly attachmentStore?: AttachmentStore<C> | undefined;
  /** Set by a tool that the page answers: the run stops once the tools of this turn are done. */
  clientToolCall?: ClientToolCall;
  /** The open workflow, if there is one. Each change makes a new item, so that events streamed before stay as they were. */
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
    this.attachmentStore = init.attachmentStore;
  }

  /** A new id, made by the store. */
  generateId(type: StoreItemType | "thread"): string {
    if (type === "thread") return this.store.generateThreadId(this.requestContext);
    return this.store.generateItemId(type, this.thread, this.requestContext);
  }

  /**
   * Adds an event to the answer, in the order of the calls. The event is copied: later changes to it are not sent.
   * @throws Error when the answer has ended, since nobody would see the event.
   */
  stream(event: ThreadStreamEvent): void {
    if (this.#ended) throw new Error(`The response has ended: ${event.type} can no longer be streamed.`);
    const copy = structuredClone(event);
    if (this.#response) this.#response.receive(copy);
    else this.#early.push(copy);
  }

  /** Adds a widget to the answer: a whole one, or one whose renderings come one after another. */
  async streamWidget(widget: WidgetRoot | AsyncIterable<WidgetRoot>, copyText?: string): Promise<void> {
    // Without an await, so that of tools that run side by side the one called first is shown first.
    if (!isStream(widget)) return this.stream(wholeWidget(this.thread, widget, copyText, (type) => this.generateId(type)));
    for await (const event of streamWidget(this.thread, widget, copyText, (type) => this.generateId(type))) this.stream(event);
  }

  /** Opens a workflow and ends the open one. A custom workflow is shown once it has a task, a reasoning one at once. */
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

  /** Ends the open workflow, if there is one. The default summary is the time it took, in seconds. */
  endWorkflow(summary?: WorkflowSummary, expanded = false): void {
    if (!this.workflowItem) return;
    const item = endedWorkflow(this.workflowItem, summary, expanded);
    this.workflowItem = undefined;
    this.stream({ type: "thread.item.done", item });
  }
}

/**
 * The SDK writes the context of a run into its state, and into those of agents that are used as tools, where nobody else gets at it; it
 * refuses one that is no plain object. A chat has nothing that should be there, but the credentials of a request (CWE-522): it is left out.
 */
const internal = RunContext.prototype as unknown as { _toJSONForRunState(...given: unknown[]): { context: unknown } };
const { _toJSONForRunState: serialize } = internal;
internal._toJSONForRunState = function withoutChat(this: object, ...given) {
  const json = serialize.apply(this, given);
  return json.context instanceof AgentContext ? { ...json, context: {} } : json;
};

/** The chat of a run. @throws Error outside of a run, or in one that was started without an `AgentContext`. */
export function agentContext<T extends AgentContext<any> = AgentContext>(run: RunContext<any> | undefined): T {
  const context: unknown = run?.context;
  if (context instanceof AgentContext) return context as T;
  const around = currentChat.getStore();
  if (around instanceof AgentContext) return around as T;
  throw new Error("There is no AgentContext here: start the run with one, run(agent, input, { context }).");
}
