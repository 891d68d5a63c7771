import { AsyncLocalStorage } from "node:async_hooks";
import type { AgentInputItem } from "@openai/agents";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { Logger } from "../../server/context.ts";
import type { AgentContext } from "../agent-context.ts";
import type { ToolActivityMode } from "../activity/tool-activity.ts";
import type { UserInputPart } from "../input/input-items.ts";
import { Outbox } from "../response/outbox.ts";
import type { ResponseStreamConverter } from "../response/response-stream-converter.ts";
import type { Journal } from "./journal.ts";
import type { StepPlace } from "./source/steps.ts";
import { StepTask } from "./step-task.ts";

/** What a turn begins with. */
type TurnStart = {
  chat: AgentContext<any>; // any: the request context may be of any type
  journal: Journal;
  places: readonly StepPlace[];
  isGuarded: boolean;
  /** The turns before this one, as model input. */
  earlier: AgentInputItem[];
  /** What the person sent beside the text: images, files, a quotation. */
  attached: UserInputPart[];
  signal: AbortSignal;
  logger: Logger;
  toolActivity: ToolActivityMode;
  streamConverter: ResponseStreamConverter | undefined;
};

/** What a workflow waits for: a person's yes to a message or to a tool's call, or the page's output of a tool. */
export type Question =
  | { kind: "message"; callId: string; message: string }
  | { kind: "tool" | "page"; callId: string; tool: string; arguments: string };

/** One run of an agent within the turn. */
export type Step = {
  /** Its key in the journal. */
  key: string;
  agent: string;
  /** What its output has to be. */
  schema: unknown;
  place: StepPlace | undefined;
  isText: boolean;
  task: StepTask | undefined;
  output?: unknown;
  /** Whether its text is in the chat. */
  isShown: boolean;
  /** The ids of its messages in the chat. */
  messages: string[];
  /** Events of its messages that wait until it is known whether they are the answer. */
  held: ThreadStreamEvent[];
};

/** Thrown into the file to end it when a person or the page has to answer first. */
export class WorkflowPaused extends Error {
  constructor() {
    super("The workflow waits for an answer; it is begun again with it.");
  }
}

type UserMessage = Extract<AgentInputItem, { role: "user" }>;

const turns = new AsyncLocalStorage<WorkflowTurn>();

/** The turn in which the calling code runs, if it runs in one. */
export function currentTurn(): WorkflowTurn | undefined {
  return turns.getStore();
}

/** One pass through a workflow's file for one message. Its events go to the outbox; whoever answers the message reads them there. */
export class WorkflowTurn {
  readonly outbox = new Outbox();
  readonly steps: Step[] = [];
  /** New questions; those asked before are in the journal. */
  readonly questions: Question[] = [];
  isWaiting = false;
  /** Texts that guardrails have judged → the text in which what they found is masked. */
  readonly masks = new Map<string, string>();
  /** The `state` of the workflow, for placeholders in instructions. */
  state: object = {};
  readonly workflow: { input_as_text: string };
  readonly #opening = new Set<unknown>();
  #list: readonly AgentInputItem[] | undefined;
  #place: StepPlace | undefined;
  #isChatTaken = false;

  constructor(readonly start: TurnStart) {
    this.workflow = { input_as_text: start.journal.entries.input };
  }

  /** Calls the function so that what it runs, also later, finds this turn. */
  run<T>(work: () => T): T {
    return turns.run(this, work);
  }

  /** @throws WorkflowPaused when the turn waits for an answer: then nothing more may be done in it */
  requireRunning(): void {
    if (this.isWaiting) throw new WorkflowPaused();
    this.start.signal.throwIfAborted();
  }

  /** The file is about to run an agent at that place. */
  at(place: number): void {
    this.#place = this.start.places[place];
  }

  takePlace(): StepPlace | undefined {
    const place = this.#place;
    this.#place = undefined;
    return place;
  }

  /** The file's list of the conversation, as a turn begins with it. */
  opens(list: AgentInputItem[]): void {
    this.#list ??= list;
    this.#begin();
  }

  /** What was sent beside the text is added to the message. A list may be begun empty, and get the message after that. */
  #begin(): void {
    if (this.#opening.size > 0) return;
    for (const item of this.#list ?? []) this.#opening.add(item);
    const last = this.#list?.findLast(isFromUser);
    if (last) Object.assign(last, this.#withAttached(last));
  }

  #withAttached(message: UserMessage): UserMessage {
    const { attached } = this.start;
    if (attached.length === 0) return message;
    const text = typeof message.content === "string" ? [{ type: "input_text" as const, text: message.content }] : message.content;
    return { ...message, content: [...text, ...attached] };
  }

  /** The conversation as the file has it now, behind the earlier turns. */
  conversation(): AgentInputItem[] {
    return [...this.start.earlier, ...(this.#list ?? [])];
  }

  /**
   * The input with the earlier turns before the list of the conversation; an input without that list stays as it is. A file without such
   * a list has them before what it gives the agent that answers.
   */
  withEarlier<Input>(input: Input | string | AgentInputItem[], place: StepPlace | undefined): Input | string | AgentInputItem[] {
    this.#begin();
    if (this.#opening.size === 0 && place?.isAnswer) return this.#withoutList(input);
    if (!Array.isArray(input)) return input;
    const at = input.findIndex((item) => this.#opening.has(item));
    return at < 0 ? input : [...input.slice(0, at), ...this.start.earlier, ...input.slice(at)];
  }

  #withoutList<Input>(input: Input | string | AgentInputItem[]): Input | AgentInputItem[] {
    if (typeof input === "string") return [...this.start.earlier, this.#withAttached({ role: "user", content: input })];
    if (!Array.isArray(input)) return input;
    const at = input.findLastIndex(isFromUser);
    return [...this.start.earlier, ...input.map((item, index) => (index === at ? this.#withAttached(item as UserMessage) : item))];
  }

  /** The chat for a run, unless one that runs at the same time has it. */
  takeChat(): boolean {
    const isFree = !this.#isChatTaken;
    this.#isChatTaken = true;
    return isFree;
  }

  freeChat(): void {
    this.#isChatTaken = false;
  }

  push(...events: ThreadStreamEvent[]): void {
    for (const event of events) this.outbox.push(event);
  }
}

function isFromUser(item: AgentInputItem): item is UserMessage {
  return "role" in item && item.role === "user";
}
