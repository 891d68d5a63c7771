/**
 * Approvals: a run that needs a person's approval is stored, asks with a widget (`approval-widget.ts`), and continues after the click. A
 * tool never runs before it is approved.
 */
import { RunContext, Runner, RunState, type Agent, type RunToolApprovalItem, type StreamedRunResult } from "@openai/agents";
import { RequestError } from "../../errors.ts";
import type { ThreadItem } from "../../protocol/items.ts";
import type { Page } from "../../protocol/thread.ts";
import type { Audit } from "../../server/audit.ts";
import { askedBy } from "../../server/context.ts";
import { persist } from "../../server/runs/kept-run.ts";
import { AGENTS_SDK_VERSION } from "../../version.ts";
import type { AgentContext } from "../agent-context.ts";
import { noteOutcome } from "../tool-outcome.ts";
import { approvalWidget, tooLarge, type ApprovalRequest } from "./approval-widget.ts";

// any: the developer's agent, its output and the request context may be of any type.
type AnyAgent = Agent<any, any>;
type AnyContext = AgentContext<any>;
type AnyResult = StreamedRunResult<any, any>;

/** A person's decision about one call; `message` is what the model is told when it is refused. */
export type Decision = { callId: string; approve: boolean; message?: string };
export type ResumeOptions = {
  /** @default one that uses the configured models */
  runner?: Runner;
  /** @default the request's */
  signal?: AbortSignal;
  maxTurns?: number;
  /** Logs the decision: the server's `audit`. */
  audit?: Audit;
};

/**
 * What is stored of a paused run: the SDK's state, the calls that somebody has to decide about, and the message that is being answered.
 * `decided`: the decision with which it was resumed, when it was stopped after a tool had run.
 */
type Paused = { state: string; asked: string[]; message?: string | undefined; sdk?: string; decided?: Decision };

/** The question cannot be answered any more, for a reason that the person may read. */
export class NoLongerOpen extends RequestError {
  constructor(message: string) {
    super(message, { status: 409 });
  }
}

/** It was decided, and the tool may have run, but the answer was stopped. */
export class Stopped extends NoLongerOpen {}

/** The calls for which the chat already shows a widget, since a resumed run reports them again. */
const alreadyAsked = new WeakMap<AnyContext, string[]>();
const paused = new WeakSet<AnyResult>();
/** Of runs that were resumed: what is stored of them when a tool has run. */
const resumed = new WeakMap<AnyResult, Omit<Paused, "state">>();
const isKept = new WeakSet<AnyResult>();

/**
 * Stores a run that waits for a person's approval and shows a widget for each call it waits for, unless `card` is false: then show the
 * `result.interruptions` yourself. The state outlives the process and has nothing of the request in it. `streamAgentResponse` calls this
 * itself when a run pauses; calling it again does nothing.
 */
export async function pauseRun(context: AnyContext, result: AnyResult, { card = true }: { card?: boolean } = {}): Promise<void> {
  if (paused.has(result) || result.interruptions.length === 0) return;
  paused.add(result);
  const before = alreadyAsked.get(context) ?? [];
  const requests = result.interruptions.map(requestOf);
  const { store, thread, requestContext } = context;
  const asked = requests.map((request) => request.callId);
  const stored: Paused = { state: result.state.toString(), asked, message: await answeredMessage(context), sdk: AGENTS_SDK_VERSION };
  await persist(requestContext, () => store.saveRunState(thread.id, JSON.stringify(stored), requestContext));
  if (!card) return;
  for (const request of requests) if (!before.includes(request.callId)) await context.streamWidget(approvalWidget(request));
}

/**
 * Continues the paused run of this thread after a decision about one of its calls. Pass the result to `streamAgentResponse`; if more calls
 * wait for a decision, the run pauses again.
 * @throws NoLongerOpen, which is a RequestError 409, and then nothing has run: the call was decided before, the person has written
 * something since, or the run is one of an agent or SDK that has changed too much
 */
export async function resumeRun(context: AnyContext, agent: AnyAgent, decision: Decision, options: ResumeOptions = {}): Promise<AnyResult> {
  const { thread, requestContext } = context;
  const taken = await takePaused(context, decision);
  const state = await stateOf(context, agent, taken);
  const { runner = new Runner(), signal = requestContext.signal, maxTurns, audit } = options;
  if (!isMade(decision, taken.decided)) {
    const call = state.getInterruptions().find((item) => requestOf(item).callId === decision.callId);
    if (!call) throw await decidedBefore(context, taken);
    const made = judged(call, decision);
    if (made.approve) state.approve(call);
    else {
      noteOutcome(context, decision.callId, { state: "rejected" });
      state.reject(call, made.message === undefined ? {} : { message: made.message });
    }
    audit?.({ event: "approval_decided", ...askedBy(requestContext), ...decided(call, made), thread_id: thread.id });
  }
  alreadyAsked.set(context, taken.asked);
  const result = await runner.run(agent, state, { stream: true, signal, ...(maxTurns !== undefined && { maxTurns }) });
  const { callId, approve } = decision;
  resumed.set(result, { asked: taken.asked, message: taken.message, sdk: AGENTS_SDK_VERSION, decided: { callId, approve } });
  return result;
}

/**
 * To be called when a tool of the run has run. If it is a resumed run, it is stored as it is now: should its answer be stopped, or its
 * process die, then the same decision continues it from here, and no tool runs twice.
 */
export async function keepProgress({ store, thread, requestContext }: AnyContext, result: AnyResult): Promise<void> {
  const known = resumed.get(result);
  if (!known) return;
  const stored: Paused = { ...known, state: result.state.toString() };
  isKept.add(result);
  await persist(requestContext, () => store.saveRunState(thread.id, JSON.stringify(stored), requestContext));
}

/** To be called when the run has ended by itself: what `keepProgress` has stored of it goes. */
export async function dropProgress({ store, thread, requestContext }: AnyContext, result: AnyResult): Promise<void> {
  if (isKept.has(result)) await persist(requestContext, () => store.takeRunState(thread.id, requestContext));
}

const DECIDED = "This has been decided already.";
const STOPPED = "This was decided, but what came of it was stopped before it was complete. Please write again what you want.";
const MOVED_ON = "This is no longer open: the conversation has gone on.";
const CHANGED = "This can no longer be decided: the assistant has been changed since it asked. Please write again what you want.";
const PAGE = 50;

/** Takes the paused run out of the store, or leaves it there when another of its calls was meant. @throws NoLongerOpen */
async function takePaused(context: AnyContext, { callId }: Decision): Promise<Paused> {
  const { store, thread, requestContext } = context;
  const taken = await store.takeRunState(thread.id, requestContext);
  if (taken === null) throw await whyTaken(context);
  const paused = JSON.parse(taken) as Paused;
  if (paused.message !== (await newestMessage(context))) throw new NoLongerOpen(MOVED_ON);
  if (!paused.asked.includes(callId)) throw await decidedBefore(context, paused);
  return paused;
}

/** Of the call that was meant; others may still be open, so the run stays stored. */
async function decidedBefore({ store, thread, requestContext }: AnyContext, paused: Paused): Promise<NoLongerOpen> {
  await store.saveRunState(thread.id, JSON.stringify(paused), requestContext);
  return new NoLongerOpen(DECIDED);
}

async function whyTaken({ store, thread, requestContext }: AnyContext): Promise<NoLongerOpen> {
  const [newest] = await store.recentItems(thread.id, 1, requestContext);
  return newest?.type === "sdk_hidden_context" ? new Stopped(STOPPED) : new NoLongerOpen(DECIDED);
}

async function stateOf(context: AnyContext, agent: AnyAgent, { state, sdk }: Paused): Promise<RunState<any, AnyAgent>> {
  try {
    return await RunState.fromStringWithContext(agent, state, new RunContext(context));
  } catch (cause) {
    const why = sdk === AGENTS_SDK_VERSION ? "Its agent has changed." : `It is one of @openai/agents ${sdk}, and this is ${AGENTS_SDK_VERSION}.`;
    throw Object.assign(new NoLongerOpen(CHANGED), { cause: new Error(`The paused run cannot be resumed. ${why}`, { cause }) });
  }
}

/** The id of the message that a run answers. */
async function answeredMessage(context: AnyContext): Promise<string | undefined> {
  const known = context.requestContext.turn?.userMessage ?? context.recentItems?.findLast((item) => item.type === "user_message");
  return known ? known.id : newestMessage(context);
}

/** The id of the newest message of the user, as the store has it now. */
async function newestMessage({ store, thread, requestContext }: AnyContext): Promise<string | undefined> {
  let after: string | null = null;
  do {
    const page: Page<ThreadItem> = await store.loadThreadItems(thread.id, after, PAGE, "desc", requestContext);
    const message = page.data.find((item) => item.type === "user_message");
    if (message) return message.id;
    after = page.has_more ? (page.after ?? null) : null;
  } while (after !== null);
  return undefined;
}

/** What the widget of a paused call shows. */
export function requestOf(item: RunToolApprovalItem): ApprovalRequest {
  const raw = item.rawItem;
  const callId = "callId" in raw && typeof raw.callId === "string" ? raw.callId : (raw.id ?? "");
  return { callId, tool: item.name ?? "this tool", arguments: argumentsOf(item) };
}

/** Tools that the model server runs, shells and the like have them elsewhere: nobody must approve what is not shown. */
function argumentsOf(item: RunToolApprovalItem): string {
  const { providerData, action, operation } = item.rawItem as { providerData?: { arguments?: unknown }; action?: unknown; operation?: unknown };
  const given = item.arguments ?? providerData?.arguments ?? action ?? operation ?? "";
  return typeof given === "string" ? given : JSON.stringify(given);
}

/** The decision; a refusal with its reason when the call is too large for a person to judge. */
function judged(call: RunToolApprovalItem, decision: Decision): Decision {
  const reason = tooLarge(requestOf(call));
  return reason === null ? decision : { ...decision, approve: false, message: `This call was refused: ${reason}.` };
}

function isMade({ callId, approve }: Decision, made: Decision | undefined): boolean {
  return made?.callId === callId && made.approve === approve;
}

function decided(call: RunToolApprovalItem, { approve }: Decision) {
  const { callId, tool } = requestOf(call);
  return { approved: approve, tool, call_id: callId };
}
