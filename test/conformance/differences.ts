import { expect } from "bun:test";
import { modelInputs, type ModelRequest } from "./model-requests.ts";
import { isRecord } from "./normalise.ts";
import type { Step, Transcript } from "./transcript.ts";

/**
 * Where this server differs from the recorded reference on purpose. Everything else must match.
 * Rules that concern every transcript come first; single cases are the exception.
 */

/** A tag of a request that leaves out its data, as it is taken. */
const TAG = { type: "input_tag", id: "a", text: "b", data: {}, interactive: false };

/** Unit transcripts: `file/case` → why, and what this library gives instead (`error` where it refuses). */
export const UNIT_DIFFERENCES: Record<string, { reason: string; instead: unknown }> = {
  "diff_widget/dynamic_append_streaming_removed": {
    reason: "The reference raises when a prop goes away; the client can still be told the whole widget.",
    instead: [{ type: "widget.root.updated", widget: { type: "Card", children: [{ type: "Text", id: "t", value: "Hello" }] } }],
  },
  "diff_widget/dynamic_single_child_object": {
    reason: "The reference loses text that grows in a child that is no list.",
    instead: [{ type: "widget.root.updated", widget: { type: "Basic", children: { type: "Text", id: "t", value: "ab" } } }],
  },
  "diff_widget/dynamic_transition": {
    reason: "The same, inside a Transition.",
    instead: [
      {
        type: "widget.root.updated",
        widget: { type: "Card", children: [{ type: "Transition", children: { type: "Text", id: "t", value: "ab" } }] },
      },
    ],
  },
  "diff_widget/union_transition": {
    reason: "The same, inside a Transition.",
    instead: [
      {
        type: "widget.root.updated",
        widget: { type: "Card", children: [{ type: "Transition", children: { type: "Text", id: "t", value: "ab" } }] },
      },
    ],
  },
  "diff_widget/union_append_without_id": {
    reason: "The reference loses text that grows in a component without an id.",
    instead: [{ type: "widget.root.updated", widget: { type: "Card", children: [{ type: "Text", value: "ab" }] } }],
  },
  "request_validation/tag without data": {
    reason: "Pages send tags without data; there is none then.",
    instead: { type: "threads.create", params: { input: { content: [TAG], attachments: [], inference_options: {} } }, metadata: {} },
  },
};

/** The hints the reference adds to an action that names none; a widget's action goes out as it was written. */
const ACTION_DEFAULTS: Record<string, unknown> = { handler: "server", loadingBehavior: "auto", streaming: true };

/** An expected value without what the reference adds to actions. */
export function withoutActionDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutActionDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const kept = "handler" in value && "loadingBehavior" in value ? entries.filter(([key, hint]) => ACTION_DEFAULTS[key] !== hint) : entries;
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutActionDefaults(inner)]));
}

export type Expected = { status: number; events?: unknown[]; json?: unknown; endsWithBlankLine?: boolean; modelRequests?: unknown };
type Place = { step: Step; before: Step[]; transcript: Transcript };
type WireRule = { reason: string; applies(place: Place): boolean; instead(recorded: Expected, place: Place): Expected };

const TEXT = expect.stringMatching(/./);
/** A refused request's body, whatever it says. */
const refused = (status: number): Expected => ({
  status,
  json: expect.objectContaining({ message: TEXT, error: expect.objectContaining({ code: TEXT, message: TEXT }) }),
});
const ERROR_EVENT = expect.objectContaining({ type: "error", code: TEXT, allow_retry: expect.any(Boolean) });

const isError = (event: unknown) => (event as { type: string }).type === "error";
const CUT = { type: "notice", level: "warning", message: expect.stringContaining("limit of tokens") };

const HIDDEN: ReadonlySet<unknown> = new Set(["hidden_context_item", "sdk_hidden_context"]);
const isHidden = (event: unknown) => HIDDEN.has((event as { item?: { type?: string } }).item?.type);

/** Requests that are well formed and still refused: in a whole transcript, or at one step of it. The rest is 400. */
const REFUSED_WITH: Record<string, number> = {
  unknown_thread: 404,
  threads_delete: 404,
  "sync_custom_action/boom": 500,
  "sync_custom_action/unknown item": 404,
};
const NEEDS_A_THREAD: ReadonlySet<unknown> = new Set(["items.list", "threads.delete", "items.feedback"]);

/** Conversations: rules for every transcript, then single steps. Each that applies changes what the ones before it expect. */
const WIRE_RULES: WireRule[] = [
  {
    reason: "What is refused gets its own status and a JSON body; the reference answers 500 in plain text.",
    applies: ({ step }) => step.status === 500,
    instead: (_, { step, transcript: { name } }) => refused(REFUSED_WITH[`${name}/${step.label}`] ?? REFUSED_WITH[name] ?? 400),
  },
  {
    reason: "What goes wrong in a stream is an error event and a clean end; the reference cuts the connection.",
    applies: ({ step }) => step.transport_error !== undefined,
    instead: (recorded) => ({ ...recorded, events: [...(recorded.events ?? []), ERROR_EVENT], endsWithBlankLine: true }),
  },
  {
    reason: "Hidden items never leave the server; the reference swallows them only when they are done.",
    applies: ({ step }) => step.events?.some(isHidden) ?? false,
    instead: (recorded) => ({ ...recorded, events: recorded.events?.filter((event) => !isHidden(event)) ?? [] }),
  },
  {
    reason: "A thread that is not there is not found; the reference lists, deletes and rates in it.",
    applies: ({ step, before }) => NEEDS_A_THREAD.has(step.request?.type) && !exists(step.request?.params["thread_id"], before),
    instead: () => refused(404),
  },
  {
    reason: "What is kept of an answer that was cut off is what had been said, which may be more than its reader had read.",
    applies: ({ before }) => cutOff(before).size > 0,
    instead: ({ json, modelRequests, ...recorded }, { before }) => ({
      ...recorded,
      ...(json !== undefined && { json: withOpenEnd(json, cutOff(before)) }),
      ...(modelRequests !== undefined && { modelRequests: withOpenTexts(modelRequests, cutOffTexts(before)) }),
    }),
  },
  {
    reason: "An answer that was cut at the token limit ends with a notice that says so: to have it cut once more is no use.",
    applies: ({ step, transcript: { name } }) => name === "agent_incomplete" && step.events !== undefined,
    instead: (recorded) => ({ ...recorded, events: recorded.events!.map((event) => (isError(event) ? CUT : event)) }),
  },
  {
    reason: "A workflow is added as it was then; the reference shares it with what comes later.",
    applies: ({ step }) => step.events?.some((event) => taskAdded(event) !== undefined) ?? false,
    instead: (recorded) => ({ ...recorded, events: asAdded(recorded.events ?? []) }),
  },
  {
    reason: "A guardrail runs beside the model; whether that has been asked by the time it trips is the SDK's affair.",
    applies: ({ step, transcript: { name } }) => name.startsWith("agent_guardrail_input") && step.model_requests !== undefined,
    instead: (recorded) => ({ ...recorded, modelRequests: expect.anything() }),
  },
  {
    reason: "An action needs a type; the reference hands a placeholder of its framework to the hook.",
    applies: ({ step }) => isAction(step) && !("type" in (step.request!.params["action"] as object)),
    instead: () => refused(400),
  },
  {
    reason: "Pages send tags without data; there is none then.",
    applies: at("bad_requests", "tag without data"),
    instead: () => ({
      status: 200,
      events: ["thread.created", "thread.item.done", "stream_options", "thread.item.done"].map((type, i) =>
        expect.objectContaining({ type, ...(i === 1 && { item: expect.objectContaining({ content: [TAG] }) }) }),
      ),
      endsWithBlankLine: true,
    }),
  },
  {
    reason: "A limit is a number, or one in a string.",
    applies: at("lax_requests", "limit true"),
    instead: () => refused(400),
  },
  {
    reason: "A body must say that it is JSON: a page of another origin can send text without asking first.",
    applies: at("lax_requests", "content-type text/plain"),
    instead: () => refused(415),
  },
  {
    reason: "The recorded user had another thread, which the transcript does not show.",
    applies: at("threads_update", "threads.list"),
    instead: ({ status, json }) => ({ status, json: { data: (json as { data: unknown[] }).data, has_more: false } }),
  },
  {
    reason: "A limit below 1 is 1; the reference hands it to a slice, which then counts from the end.",
    applies: at("lax_requests", "negative limit"),
    instead: ({ status, json }) => {
      const [first] = (json as { data: { id: string }[] }).data;
      return { status, json: { data: [first], has_more: true, after: first?.id } };
    },
  },
];

const CANCELLED = "The user cancelled the stream. Stop responding to the prior request.";

/** What a store of ours holds where the recorded one held `stored`: nothing for null, and our own words after a cancelled answer. */
function storedExpectation(stored: unknown): unknown {
  if (Array.isArray(stored)) return stored.map(storedExpectation);
  if (!isRecord(stored)) return stored;
  const entries = Object.entries(stored).filter(([, value]) => value !== null);
  const expected = Object.fromEntries(entries.map(([key, value]) => [key, storedExpectation(value)]));
  return expected["content"] === CANCELLED ? { ...expected, content: TEXT } : expected;
}

/** What this server must answer to a recorded step, or what its store must hold. */
export function expectation(place: Place): unknown {
  const { step, before } = place;
  if (step.http?.path === "/debug/feedback") return feedbackSeen(step.json as { thread_id: string; user: string }[], before);
  if (step.http) return withOpenEnd(storedExpectation(step.json), cutOff(before));
  const recorded: Expected = { status: step.status ?? 200 };
  if (step.events || step.transport_error) recorded.events = step.events ?? [];
  if (step.events) recorded.endsWithBlankLine = true;
  if ("json" in step) recorded.json = step.json;
  if (step.model_requests) recorded.modelRequests = ownNote(modelInputs(step.model_requests as ModelRequest[]));
  return ordered(WIRE_RULES.filter((rule) => rule.applies(place)).reduce((expected, rule) => rule.instead(expected, place), recorded));
}

/** A title made beside the answer comes when it comes: it is compared at the end. */
export function ordered<A extends { events?: unknown[] }>(answer: A): A {
  if (!answer.events?.some(isTitle)) return answer;
  return { ...answer, events: [...answer.events.filter((event) => !isTitle(event)), ...answer.events.filter(isTitle)] };
}
const isTitle = (event: unknown) => (event as { thread?: { title?: string } }).thread?.title === "Generated title";

/** Told to the model, the note after a cancelled answer has our own words, too. */
function ownNote(value: unknown): unknown {
  if (typeof value === "string" && value.includes(CANCELLED)) return expect.stringContaining("<HiddenContext>");
  if (Array.isArray(value)) return value.map(ownNote);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ownNote(inner)]));
}

function at(name: string, label: string): WireRule["applies"] {
  return ({ step, transcript }) => transcript.name === name && step.label === label;
}

function isAction(step: Step): boolean {
  return step.request?.type === "threads.custom_action" || step.request?.type === "threads.sync_custom_action";
}

/** Whether a thread had been made and not been deleted by the steps before. */
function exists(threadId: unknown, before: Step[]): boolean {
  const made = before.some(({ events }) => (events?.[0] as { thread?: { id: string } } | undefined)?.thread?.id === threadId);
  return made && !before.some(({ request }) => request?.type === "threads.delete" && request.params["thread_id"] === threadId);
}

/** The hook is not asked about threads that are not there. */
function feedbackSeen(recorded: { thread_id: string; user: string }[], before: Step[]): unknown {
  return recorded.filter(({ thread_id }) => exists(thread_id, before)).map(({ user: _, ...seen }) => seen);
}

/** The items that were being said when their reader left. */
function cutOff(before: Step[]): Set<unknown> {
  const left = before.filter((step) => step.client_disconnected_after_events !== undefined);
  return new Set(left.flatMap(({ events = [] }) => events.map((event) => (event as { item_id?: string }).item_id)).filter(Boolean));
}

/** What their reader had read of them by then. */
function cutOffTexts(before: Step[]): Set<unknown> {
  const left = before.filter((step) => step.client_disconnected_after_events !== undefined);
  return new Set(left.map(({ events = [] }) => events.map((event) => (event as { update?: { delta?: string } }).update?.delta ?? "").join("")));
}

function withOpenTexts(value: unknown, texts: Set<unknown>): unknown {
  if (texts.has(value) && value !== "") return expect.stringMatching(new RegExp(`^${String(value)}`));
  if (Array.isArray(value)) return value.map((element) => withOpenTexts(element, texts));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withOpenTexts(inner, texts)]));
}

function withOpenEnd(value: unknown, items: Set<unknown>): unknown {
  if (Array.isArray(value)) return value.map((element) => withOpenEnd(element, items));
  if (!isRecord(value)) return value;
  if (!items.has(value["id"])) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withOpenEnd(inner, items)]));
  const content = (value["content"] as { text: string }[]).map((part) => ({
    ...part,
    text: expect.stringMatching(new RegExp(`^${part.text}`)),
  }));
  return { ...value, content };
}

type WorkflowEvent = {
  type: string;
  item_id?: string;
  update?: { type: string; task_index: number };
  item?: { id: string; workflow?: { tasks: unknown[] } };
};

function taskAdded(event: unknown): { workflow: string; index: number } | undefined {
  const { item_id, update } = event as WorkflowEvent;
  return update?.type === "workflow.task.added" ? { workflow: item_id!, index: update.task_index } : undefined;
}

/** Added workflows without the tasks that are added to them afterwards. */
function asAdded(events: unknown[]): unknown[] {
  const later = events.flatMap((event) => taskAdded(event) ?? []);
  return events.map((event) => {
    const { type, item } = event as WorkflowEvent;
    if (type !== "thread.item.added" || !item?.workflow) return event;
    const count = Math.min(...later.filter(({ workflow }) => workflow === item.id).map(({ index }) => index));
    return { type, item: { ...item, workflow: { ...item.workflow, tasks: item.workflow.tasks.slice(0, count) } } };
  });
}
