import type { SentEvent } from "../../../../src/protocol/events.ts";
import type { Says } from "../../../support/odd-server.ts";

/** One way in which a model server differs from OpenAI's, and what the person must get all the same. */
export type Row = {
  name: string;
  /** Where it was met. */
  seenWith: string;
  says: Says;
  gets: Gets;
};

export type Gets = {
  /** The messages, as a reload of the page shows them. @default none */
  texts?: string[];
  thoughts?: string[];
  /** What the tools were asked for, by the titles of their tasks. */
  tasks?: string[];
  notices?: RegExp[];
  /** Whether the page offers a retry; without this there is no error. */
  error?: { retry: boolean };
  /** What the operator reads. */
  log?: RegExp;
};

/** What a person has got, in the same terms. */
export function got(events: SentEvent[], stored: string[], log: string): Record<string, unknown> {
  const done = events.flatMap((event) => (event.type === "thread.item.done" ? [event.item] : []));
  const tasks = done.flatMap((item) => (item.type === "workflow" ? item.workflow.tasks : []));
  const errors = events.flatMap((event) => (event.type === "error" ? [{ retry: event.allow_retry }] : []));
  return {
    texts: stored,
    thoughts: tasks.flatMap((task) => (task.type === "thought" ? [task.content] : [])),
    tasks: tasks.flatMap((task) => (task.type === "custom" ? [task.title] : [])),
    notices: events.flatMap((event) => (event.type === "notice" ? [event.message] : [])),
    error: errors[0],
    log,
  };
}
