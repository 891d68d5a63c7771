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

/** What is stored of a paused run: the SDK's state, the calls that somebody has to decide about, and the message that is being answered. */
type Paused = { state: string; asked: string[]; message?: string | undefined; sdk?: string };

/** The question cannot be answered any more, for a reason that the person may read. */
export class NoLongerOpen extends RequestError {
  constructor(message: string) {
    super(message, { status: 409 });
  }
}

/** The calls for which the chat already shows a widget, since a resumed run reports them again. */
const alreadyAsked = new WeakMap<AnyContext, string[]>();
const paused = new WeakSet<AnyResult>();

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
  const { text, asked, sdk } = await takePaused(context, decision);
  const state = await stateOf(context, agent, text, sdk);
  const call = state.getInterruptions().find((item) => requestOf(item).callId === decision.callId);
  if (!call) throw new NoLongerOpen(DECIDED);
  const made = judged(call, decision);
  if (made.approve) state.approve(call);
  else {
    noteOutcome(context, decision.callId, { state: "rejected" });
    state.reject(call, made.message === undefined ? {} : { message: made.message });
  }
  alreadyAsked.set(context, asked);
  const { runner = new Runner(), signal = requestContext.signal, maxTurns, audit } = options;
  audit?.({ event: "approval_decided", ...askedBy(requestContext), ...decided(call, made), thread_id: thread.id });
  return runner.run(agent, state, { stream: true, signal, ...(maxTurns !== undefined && { maxTurns }) });
}

const DECIDED = "This has been decided already.";
const MOVED_ON = "This is no longer open: the conversation has gone on.";
const CHANGED = "This can no longer be decided: the assistant has been changed since it asked. Please write again what you want.";
const PAGE = 50;

/** Takes the paused run out of the store, or leaves it there when another of its calls was meant. @throws NoLongerOpen */
async function takePaused(context: AnyContext, { callId }: Decision): Promise<{ text: string; asked: string[]; sdk: string | undefined }> {
  const { store, thread, requestContext } = context;
  const taken = await store.takeRunState(thread.id, requestContext);
  if (taken === null) throw new NoLongerOpen(DECIDED);
  const { state: text, asked, message, sdk } = JSON.parse(taken) as Paused;
  if (message !== (await newestMessage(context))) throw new NoLongerOpen(MOVED_ON);
  if (asked.includes(callId)) return { text, asked, sdk };
  await store.saveRunState(thread.id, taken, requestContext);
  throw new NoLongerOpen(DECIDED);
}

async function stateOf(context: AnyContext, agent: AnyAgent, text: string, sdk: string | undefined): Promise<RunState<any, AnyAgent>> {
  try {
    return await RunState.fromStringWithContext(agent, text, new RunContext(context));
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

function decided(call: RunToolApprovalItem, { approve }: Decision) {
  const { callId, tool } = requestOf(call);
  return { approved: approve, tool, call_id: callId };
}
