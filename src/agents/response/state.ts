import type { ThreadStreamEvent } from "../../protocol/events.ts";
import type { GeneratedImageItem } from "../../protocol/items.ts";
import type { Annotation } from "../../protocol/sources.ts";
import { now } from "../../protocol/timestamp.ts";
import type { AgentContext } from "../agent-context.ts";
import type { Incomplete } from "../models/dialect.ts";
import type { KeptCall } from "../models/kept-call.ts";
import type { ResponseStreamConverter } from "./response-stream-converter.ts";

export type Events = ThreadStreamEvent[];
/** Events, or a promise of them when the converter has to be asked. */
export type MaybeLater = Events | Promise<Events>;
export const NOTHING: Events = [];

/** A message that is being streamed: our id for it, and its parts so far. */
export type OpenMessage = { id: string; parts: { pieces: string[]; annotations: Annotation[] }[] };
type SeenToolCall = { itemId: string; callId: string; name: string; kept: KeptCall | undefined };

/** The state while the events of one run are folded. */
export type ResponseState = {
  readonly context: AgentContext;
  readonly converter: ResponseStreamConverter;
  readonly shown: Shown;
  /** The ids of the items that this run has made: a tripped guardrail removes them. */
  readonly produced: Set<string>;
  /** Messages being streamed, by the model's id for them; see `mintMessage`. */
  readonly messages: Map<string, OpenMessage>;
  /** Images being made, by the model's id for them. */
  readonly images: Map<string, GeneratedImageItem>;
  readonly toolCalls: SeenToolCall[];
  /** Whether a tool has shown something of its own: then its output is not the answer. */
  isShownByTool: boolean;
  /** The summary part that is being shown while it grows. */
  thought?: { itemId: string; part: number; workflowId: string; task: number; content: string } | undefined;
  /** The open thought of a chat completions model. */
  chatThought?: { item_id: string; summary_index: number; text: string } | undefined;
  /** Whether the messages of the present response came as Responses events. */
  isStreamed: boolean;
  /** Whether the text of the present response came as the SDK's own events: then the model's events repeat it. */
  isAdapted: boolean;
  /** The messages of the present response, for models without Responses events. */
  plain: { modelId: string | undefined; message: OpenMessage; text: string; closed: boolean }[];
  /** How many responses of the run have been folded to their end. */
  responses: number;
  /** Why the present response was cut off, if it was. */
  incomplete?: Incomplete | undefined;
};

/** What of a run is shown at once. */
export type Shown = {
  /** Whether its messages may turn out to be no answer: then they do not end the open workflow. */
  holdsMessages?: boolean;
  /** Whether its thoughts are left out. */
  hidesThoughts?: boolean;
};

export function newState(context: AgentContext, converter: ResponseStreamConverter, shown: Shown = {}): ResponseState {
  return {
    context,
    converter,
    shown,
    produced: new Set(),
    messages: new Map(),
    images: new Map(),
    toolCalls: [],
    isShownByTool: false,
    isStreamed: false,
    isAdapted: false,
    plain: [],
    responses: 0,
  };
}

export function itemBase(state: ResponseState, id: string): { id: string; thread_id: string; created_at: string } {
  state.produced.add(id);
  return { id, thread_id: state.context.thread.id, created_at: now() };
}
