import type { Json } from "./json.ts";

/** One answer of a model server, made OpenAI's own form: what the server says in, what OpenAI would have said out. */
export type Dialect<Event> = {
  /** @throws APIError when it is an error in place of an answer */
  take(event: unknown): Event[];
  /** The end of the stream; `isDone` when the server said so. What was still held, and what is wrong with the answer, if anything. */
  end(isDone: boolean): { events: Event[]; failure?: Error | undefined };
  /** Whether the server has said the end of its answer, if not of the stream. */
  readonly isFinished: boolean;
  /** An answer that came whole instead of as a stream, up to its end. @throws APIError when it is none */
  whole(body: Json): Event[];
};

/** Why an answer is not complete, in the words of the Responses API. */
export type Incomplete = "max_output_tokens" | "content_filter";

/** What a chunk or an event of ours says beside what OpenAI's form has a place for. */
export type Aside = {
  /** The text so far was a thought after all. */
  withdrawn?: string;
  /** The answer was cut. */
  incomplete?: Incomplete;
  /** What has to come back with the calls: of the message, and of each call by its id. */
  kept?: { message: Json; calls: Record<string, Json> };
};
