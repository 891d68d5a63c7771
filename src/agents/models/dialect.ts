import type { Json } from "../../protocol/json/values.ts";

/** Translates one answer of a model server: takes the events of the server, returns the events that OpenAI would have sent. */
export type Dialect<Event> = {
  /** Whether an event needs no translation, as nearly all do; then it has been taken, and is to be passed on. */
  passes(event: unknown): boolean;
  /** Takes an event. @throws APIError when it is an error instead of an answer */
  take(event: unknown): Event[];
  /** Called at the end of the stream; `isDone` when the server sent `[DONE]`. Returns the last events, and what is wrong, if anything. */
  end(isDone: boolean): { events: Event[]; failure?: Error | undefined };
  /** Whether the answer has ended, even if the stream has not. */
  readonly isFinished: boolean;
  /** Takes an answer that came whole and not as a stream. @throws APIError when it is not an answer */
  whole(body: Json): Event[];
};

/** Why an answer is incomplete, by the names of the Responses API. */
export type Incomplete = "max_output_tokens" | "content_filter";

/** What a translated event says in addition, for which OpenAI's form has no field. */
export type Aside = {
  /** The text so far turned out to be a thought; this is its text. */
  withdrawn?: string;
  /** The answer was cut off, for this reason. */
  incomplete?: Incomplete;
  /** Fields that must be sent back with the tool calls: those of the message, and those of each call by its id. */
  kept?: { message: Json; calls: Record<string, Json> };
};
