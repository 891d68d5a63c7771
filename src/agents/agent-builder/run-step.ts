import { RunContext, Runner, RunResult, RunState, type Agent, type AgentInputItem, type RunStreamEvent, type StreamedRunResult } from "@openai/agents";
import { toChatKitError } from "../../errors.ts";
import type { ThreadStreamEvent } from "../../protocol/events.ts";
import { burstsOf, eventsIn } from "../../server/streams/burst.ts";
import { ToolActivity } from "../activity/tool-activity.ts";
import { ToolFailures } from "../activity/tool-failures.ts";
import { AgentContext } from "../agent-context.ts";
import { currentChat } from "../current-chat.ts";
import { modelError } from "../models/model-error.ts";
import { answeringRunner } from "../models/model-provider.ts";
import { streamAgentResponse } from "../response/stream-agent-response.ts";
import { noteOutcome } from "../tool-outcome.ts";
import { RunCount } from "../usage.ts";
import { endOpenWorkflow } from "../workflow.ts";
import { fillingIn } from "./fill-in.ts";
import { askedNow, questionOf } from "./questions.ts";
import { brief } from "./readable.ts";
import { StepTask } from "./step-task.ts";
import { WorkflowPaused, type Step, type WorkflowTurn } from "./turn.ts";

// any: an agent may have any context and output type.
type AnyAgent = Agent<any, any>;
type Result = StreamedRunResult<any, any>;
type Input = string | AgentInputItem[] | RunState<any, any>;
type Given = { context?: unknown; callModelInputFilter?: any; [option: string]: unknown };

/**
 * A run of an agent that the file asks for, streamed to the chat while the file waits for its result.
 * @throws WorkflowPaused when it has to wait for an answer
 */
export async function runStep(turn: WorkflowTurn, config: Runner["config"], agent: AnyAgent, input: Input, given: Given = {}) {
  const place = turn.takePlace();
  turn.requireRunning();
  const key = turn.start.journal.next(agent.name);
  const kept = turn.start.journal.entries.runs[key];
  const isText = agent.outputType === "text";
  const step: Step = { key, agent: agent.name, schema: agent.outputType, place, isText, task: undefined, isShown: kept?.isShown ?? false, messages: [], held: [] };
  turn.steps.push(step);
  const isFirst = turn.takeChat();
  const chat = isFirst ? turn.start.chat : ownChat(turn.start.chat);
  try {
    const context = given.context instanceof RunContext ? given.context : new RunContext(given.context ?? chat);
    if (kept && !kept.waitsFor) return restored(step, await RunState.fromStringWithContext(agent, kept.state, context));
    const begun = kept ? await resumed(turn, agent, kept.state, context) : turn.withEarlier(input, place);
    return await new StepRun(turn, step, chat, objectOf(context.context)).result(config, agent, begun, { ...given, context });
  } finally {
    if (isFirst) turn.freeChat();
    else turn.push(...endOpenWorkflow(chat));
  }
}

function restored(step: Step, state: RunState<any, AnyAgent>): RunResult<any, AnyAgent> {
  const result = new RunResult(state);
  step.output = result.finalOutput;
  return result;
}

/** The state of a run that waited, with what was answered to its questions. */
async function resumed(turn: WorkflowTurn, agent: AnyAgent, text: string, context: RunContext<any>): Promise<RunState<any, any>> {
  const state = await RunState.fromStringWithContext(agent, text, context);
  for (const item of state.getInterruptions()) {
    const reply = turn.start.journal.entries.replies[questionOf(item).callId];
    if (reply?.approve) state.approve(item);
    else if (reply) {
      noteOutcome(context.context, questionOf(item).callId, { state: "rejected" });
      state.reject(item);
    }
  }
  return state;
}

/** For a run beside another one: two could not have the same workflow in the chat open. */
function ownChat({ thread, store, requestContext, attachmentStore }: AgentContext<any>): AgentContext<any> {
  return new AgentContext({ thread, store, requestContext, attachmentStore, recentItems: [] });
}

function objectOf(context: unknown): object {
  return typeof context === "object" && context !== null ? context : {};
}

class StepRun {
  readonly #count: RunCount;
  readonly #activity: ToolActivity;
  readonly #failures: ToolFailures;
  readonly #isLive: boolean;

  constructor(
    private readonly turn: WorkflowTurn,
    private readonly step: Step,
    private readonly chat: AgentContext<any>,
    context: object,
  ) {
    const { logger, toolActivity } = turn.start;
    this.#failures = new ToolFailures(chat, logger, context);
    this.#count = new RunCount(logger);
    this.#count.begun = { agent: step.agent, chat };
    this.#activity = new ToolActivity(chat, toolActivity, context);
    this.#isLive = step.isText && (step.place?.isAnswer === true || step.place?.isAsked === true);
  }

  async result(config: Runner["config"], agent: AnyAgent, input: Input, given: Given): Promise<Result> {
    const { turn, step, chat } = this;
    if (!this.#isLive && turn.start.toolActivity === "workflow") step.task = new StepTask(chat, step.agent, (event) => turn.push(event));
    try {
      const callModelInputFilter = fillingIn(turn, given.callModelInputFilter);
      const options = { ...given, callModelInputFilter, stream: true as const, signal: turn.start.signal };
      const result = (await new Runner(answering(config)).run(agent, input as never, options as never)) as unknown as Result;
      this.#count.result = result;
      await currentChat.run(chat, () => this.#show(result));
      return await this.#ended(result);
    } catch (error) {
      step.held = [];
      step.task?.end(false);
      const isFailed = !turn.start.signal.aborted && !(error instanceof WorkflowPaused);
      if (isFailed) this.#count.end("failed", toChatKitError(modelError(error)).code);
      else this.#count.end(turn.start.signal.aborted ? "cancelled" : "paused");
      throw error;
    }
  }

  async #show(result: Result): Promise<void> {
    const observe = (event: RunStreamEvent) => {
      this.#count.observe(event);
      this.#failures.observe(event);
      this.#activity.observe(event);
    };
    const { streamConverter: converter } = this.turn.start;
    const shown = { holdsMessages: !this.#isLive, hidesThoughts: this.step.place?.isJudged ?? this.turn.start.isGuarded };
    const response = streamAgentResponse(this.chat, result, { observe, shown, pause: async () => {}, ...(converter && { converter }) });
    for await (const burst of burstsOf(response)) for (const event of eventsIn(this.#activity.settled(burst))) this.#route(event);
  }

  #route(event: ThreadStreamEvent): void {
    const { step, turn } = this;
    const id = messageId(event);
    if (id !== undefined && !step.messages.includes(id)) step.messages.push(id);
    const isOfMessage = id !== undefined || ("item_id" in event && step.messages.includes(event.item_id));
    if (isOfMessage && !this.#isLive) step.held.push(event);
    else turn.push(event);
  }

  async #ended(result: Result): Promise<Result> {
    const { turn, step } = this;
    if (result.interruptions.length > 0) this.#pause(result);
    if (turn.start.signal.aborted) throw turn.start.signal.reason;
    step.output = result.finalOutput;
    step.isShown = this.#isLive;
    const isSeen = !step.isText && !step.place?.isAnswer && !step.place?.isJudged && !turn.start.isGuarded;
    step.task?.end(true, isSeen ? brief(result.finalOutput) : undefined);
    turn.start.journal.entries.runs[step.key] = { state: stateOf(result), ...(step.isShown && { isShown: true }) };
    this.#count.end("completed");
    return result;
  }

  #pause(result: Result): never {
    const { turn } = this;
    const { entries, asked } = turn.start.journal;
    const questions = result.interruptions.map(questionOf);
    const isOpen = (callId: string) => !(callId in entries.replies);
    turn.questions.push(...questions.filter(({ callId }) => isOpen(callId) && !asked.includes(callId)));
    entries.runs[this.step.key] = { state: stateOf(result), waitsFor: askedNow(questions).map(({ callId }) => callId) };
    // All questions may have been asked before: then the turn waits on for their answers.
    turn.isWaiting = true;
    throw new WorkflowPaused();
  }
}

/** The runner's own settings, with models that tell each piece of text once; see `answeringRunner`. */
function answering(config: Runner["config"]): Runner["config"] {
  const { modelProvider, toolNotFoundBehavior } = answeringRunner(config).config;
  return { ...config, modelProvider, ...(toolNotFoundBehavior && { toolNotFoundBehavior }) };
}

function messageId(event: ThreadStreamEvent): string | undefined {
  if (event.type !== "thread.item.added" && event.type !== "thread.item.done") return undefined;
  return event.item.type === "assistant_message" ? event.item.id : undefined;
}

/** Without the context, which may hold the request's headers, and so somebody's credentials. */
function stateOf(result: Result): string {
  const { runContext } = result;
  const held: unknown = runContext.context;
  runContext.context = {};
  try {
    return result.state.toString();
  } finally {
    runContext.context = held;
  }
}
