/**
 * Approvals: a run that needs a person's approval is stored, asks with a widget (`approval-widget.ts`), and continues after the click. A
 * tool never runs before it is approved.
 */
import { RunContext, Runner, RunState, type Agent, type RunToolApprovalItem, type StreamedRunResult } from "@openai/agents";
import { RequestError } from "../../errors.ts";
import type { Audit } from "../../server/audit.ts";
import { askedBy } from "../../server/context.ts";
import { persist } from "../../server/kept-run.ts";
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

/** What is stored of a paused run: the SDK's state, and for which calls the chat shows a widget already. */
type Paused = { state: string; asked: string[] };

/** The calls for which the chat already shows a widget, since a resumed run reports them again. */
const alreadyAsked = new WeakMap<AnyContext, string[]>();
const paused = new WeakSet<AnyResult>();

/**
 * Stores a run that waits for a person's approval and shows a widget for each call it waits for. The state outlives the process and
 * has nothing of the request in it. `streamAgentResponse` calls this itself when a run pauses; calling it again does nothing.
 */
export async function pauseRun(context: AnyContext, result: AnyResult): Promise<void> {
  if (paused.has(result) || result.interruptions.length === 0) return;
  paused.add(result);
  const before = alreadyAsked.get(context) ?? [];
  const requests = result.interruptions.map(requestOf);
  const stored: Paused = { state: serialized(result), asked: requests.map((request) => request.callId) };
  const { store, thread, requestContext } = context;
  await persist(requestContext, () => store.saveRunState(thread.id, JSON.stringify(stored), requestContext));
  for (const request of requests) if (!before.includes(request.callId)) await context.streamWidget(approvalWidget(request));
}

/**
 * Continues the paused run of this thread after a decision about one of its calls. Pass the result to `streamAgentResponse`; if more calls
 * wait for a decision, the run pauses again.
 * @throws RequestError 409 when that call does not wait any more: it was decided before, or the thread has gone on
 */
export async function resumeRun(context: AnyContext, agent: AnyAgent, decision: Decision, options: ResumeOptions = {}): Promise<AnyResult> {
  const { store, thread, requestContext } = context;
  const taken = await store.takeRunState(thread.id, requestContext);
  const { state: text, asked } = taken === null ? { state: null, asked: [] } : (JSON.parse(taken) as Paused);
  if (text === null || !asked.includes(decision.callId)) {
    if (taken !== null) await store.saveRunState(thread.id, taken, requestContext);
    throw new RequestError("This has been decided already.", { status: 409 });
  }
  const state = await RunState.fromStringWithContext(agent, text, new RunContext(context));
  const call = state.getInterruptions().find((item) => requestOf(item).callId === decision.callId);
  const made = call && judged(call, decision);
  if (call && made?.approve) state.approve(call);
  else if (call) {
    noteOutcome(context, decision.callId, { state: "rejected" });
    state.reject(call, made?.message === undefined ? {} : { message: made.message });
  }
  alreadyAsked.set(context, asked);
  const { runner = new Runner(), signal = requestContext.signal, maxTurns, audit } = options;
  if (call && made) audit?.({ event: "approval_decided", ...askedBy(requestContext), ...decided(call, made), thread_id: thread.id });
  return runner.run(agent, state, { stream: true, signal, ...(maxTurns !== undefined && { maxTurns }) });
}

/** What the widget of a paused call shows. */
function requestOf(item: RunToolApprovalItem): ApprovalRequest {
  const raw = item.rawItem;
  const callId = "callId" in raw && typeof raw.callId === "string" ? raw.callId : (raw.id ?? "");
  return { callId, tool: item.name ?? "this tool", arguments: item.arguments ?? "" };
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

/** Without the context, which the SDK would serialize too: it has the request's headers, and so somebody's credentials. */
function serialized(result: AnyResult): string {
  const { runContext } = result;
  const held = runContext.context;
  runContext.context = {};
  try {
    return result.state.toString();
  } finally {
    runContext.context = held;
  }
}
