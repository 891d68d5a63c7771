import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { UserMessageItem } from "../../protocol/items.ts";
import { ChatKitError, CustomStreamError } from "../../errors.ts";
import { assistantMessage } from "../../server/builders.ts";
import { wholeWidget } from "../../widgets/stream-widget.ts";
import { askedBy } from "../../server/context.ts";
import { modelError } from "../models/model-error.ts";
import type { PendingTitle } from "../titles.ts";
import { endOpenWorkflow } from "../workflow.ts";
import { answerOf, answerText, type Answer } from "./answer.ts";
import { judgedMessage } from "./memory.ts";
import { askedNow, askingEvents } from "./questions.ts";
import { refusalForThrown } from "./guardrail-words.ts";
import { inLines } from "./readable.ts";
import type { Step, WorkflowTurn } from "./turn.ts";
import type { Workflow } from "./workflow.ts";

type Ending = {
  isResumed: boolean;
  /** A title that is being found, or for a guarded workflow the function that begins to find it, by the text that may be read. */
  title: PendingTitle | ((text: string) => PendingTitle | undefined) | undefined;
};

/** Runs the workflow's file and puts what the person is to see into the turn's outbox, which it closes at the end. */
export async function finishTurn(turn: WorkflowTurn, workflow: Workflow, message: UserMessageItem, ending: Ending): Promise<void> {
  try {
    const answer = await answered(turn, workflow);
    if (answer === "paused") await pause(turn, workflow);
    else if (answer) {
      show(turn, workflow, answer);
      await remember(turn, message, answer, ending);
    }
    turn.outbox.close({});
  } catch (error) {
    noteMask(turn, message, undefined);
    turn.push(...endOpenWorkflow(turn.start.chat));
    turn.outbox.close({ error: isSilence(turn, error) ? SILENT() : modelError(error) });
  }
}

/** @returns undefined when the answer is no longer wanted */
async function answered(turn: WorkflowTurn, workflow: Workflow): Promise<Answer | "paused" | undefined> {
  try {
    const returned = await turn.run(async () => workflow.run(turn.workflow));
    if (turn.isWaiting) return "paused";
    return answerOf(returned, turn.steps);
  } catch (error) {
    if (turn.start.chat.requestContext.signal.aborted) return undefined;
    if (turn.isWaiting) return "paused";
    const refusal = refusalForThrown(error);
    if (refusal === undefined) throw error;
    return { kind: "refusal", text: refusal };
  }
}

/** What the person is asked about has to be seen before: the last text or widget is shown, if it was held back. */
async function pause(turn: WorkflowTurn, workflow: Workflow): Promise<void> {
  const { journal, chat } = turn.start;
  const last = turn.steps.findLast((step) => step.output !== undefined);
  const isAsked = turn.questions.some(({ kind }) => kind === "message");
  if (isAsked && last && !last.isShown && !last.place?.isJudged) showAsked(turn, workflow, last);
  turn.push(...endOpenWorkflow(turn.start.chat));
  const open = turn.questions;
  journal.ask(askedNow(open));
  await journal.save(chat);
  turn.push(...askingEvents(open));
}

function showAsked(turn: WorkflowTurn, workflow: Workflow, step: Step): void {
  if (step.isText) return release(turn, step);
  const widget = widgetOf(turn, workflow, { kind: "structured", value: step.output, step });
  // A question without a word is about what was made before it.
  if (!widget) return turn.questions.forEach((one) => one.kind === "message" && one.message.trim() === "" && (one.message = inLines(step.output)));
  turn.push(...endOpenWorkflow(turn.start.chat), widget);
  noteShown(turn, step);
}

function show(turn: WorkflowTurn, workflow: Workflow, answer: Answer): void {
  if (answer.kind === "none") return turn.push(...endedInSilence(turn));
  const step = "step" in answer ? answer.step : undefined;
  if (answer.kind !== "refusal" && step?.isShown) return turn.push(...endOpenWorkflow(turn.start.chat));
  if (answer.kind === "text" && step && step.held.length > 0 && !turn.masks.has(answer.text)) return release(turn, step);
  turn.push(...endOpenWorkflow(turn.start.chat), ...withdrawn(turn), shown(turn, workflow, answer));
}

/**
 * The end of a workflow that answers nothing: the branch for a no to its question is often empty. Any other branch without an agent is said
 * to be one, since the person would wait for an answer.
 */
function endedInSilence(turn: WorkflowTurn): ThreadStreamEvent[] {
  const replies = Object.values(turn.start.journal.entries.replies);
  const isRefused = replies.some(({ approve }) => !approve);
  if (isRefused || (replies.length > 0 && turn.steps.length === 0)) return endOpenWorkflow(turn.start.chat);
  if (turn.steps.length > 0) throw SILENT();
  throw new CustomStreamError("There is no answer to this here.");
}

/** The messages that were shown as the answer, when the file answers something else. */
function withdrawn(turn: WorkflowTurn): ThreadStreamEvent[] {
  const wrong = turn.steps.filter((step) => step.isShown && step.place?.isAnswer);
  return wrong.flatMap((step) => step.messages.map((id): ThreadStreamEvent => ({ type: "thread.item.removed", item_id: id })));
}

function shown(turn: WorkflowTurn, workflow: Workflow, answer: Exclude<Answer, { kind: "none" }>): ThreadStreamEvent {
  if (answer.kind !== "structured") return assistantMessage(turn.masks.get(answer.text) ?? answer.text);
  return widgetOf(turn, workflow, answer) ?? assistantMessage(answerText(answer));
}

/** @returns undefined when there is no widget for that output, or it does not fit */
function widgetOf(turn: WorkflowTurn, workflow: Workflow, answer: Answer & { kind: "structured" }): ThreadStreamEvent | undefined {
  const { chat, logger } = turn.start;
  const template = answer.step && workflow.widgets.for(answer.step);
  if (!template) return undefined;
  try {
    return wholeWidget(chat.thread, template.build(answer.value as Record<string, unknown>), answerText(answer), (type) => chat.generateId(type));
  } catch (error) {
    const asked = { thread_id: chat.thread.id, ...askedBy(chat.requestContext) };
    logger.warn({ ...asked, widget: template.name, agent: answer.step?.agent, err: error }, "an output does not fit its widget: shown as text");
    return undefined;
  }
}

/** Shows the messages of a step that were held back. */
function release(turn: WorkflowTurn, step: Step): void {
  turn.push(...endOpenWorkflow(turn.start.chat), ...step.held);
  if (step.held.length === 0 && typeof step.output === "string") turn.push(assistantMessage(step.output));
  step.held = [];
  noteShown(turn, step);
}

/** Also for the pass through the file after a question. */
function noteShown(turn: WorkflowTurn, step: Step): void {
  step.isShown = true;
  const run = turn.start.journal.entries.runs[step.key];
  if (run) run.isShown = true;
}

async function remember(turn: WorkflowTurn, message: UserMessageItem, answer: Answer, { isResumed, title }: Ending): Promise<void> {
  const { chat, journal } = turn.start;
  if (isResumed) await chat.store.takeRunState(chat.thread.id, chat.requestContext);
  const safe = noteMask(turn, message, answer);
  const named = typeof title === "function" ? (safe === null ? undefined : title(safe ?? journal.entries.input)) : title;
  await named?.ready();
}

/** Notes what later turns may read of the message. @returns it: null for nothing, undefined for the message as it is */
function noteMask(turn: WorkflowTurn, message: UserMessageItem, answer: Answer | undefined): string | null | undefined {
  const { input } = turn.start.journal.entries;
  const masked = turn.masks.get(input) ?? turn.workflow.input_as_text;
  const text = answer?.kind === "refusal" ? null : masked !== input ? masked : undefined;
  if (text !== undefined) turn.push(judgedMessage(message.id, text));
  return text;
}

const SILENT = () => new ChatKitError("model_unavailable", { cause: new Error("The workflow has ended without having said anything.") });

/** The exported file throws an error of its own when a model has said nothing. */
function isSilence(turn: WorkflowTurn, error: unknown): boolean {
  const output = turn.steps.at(-1)?.output;
  return error instanceof Error && error.message === "Agent result is undefined" && (output === undefined || output === "");
}
