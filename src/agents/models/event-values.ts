import type { EventMessage } from "./event-messages.ts";
import { parsed } from "./json.ts";
import { errorIn, noAnswer } from "./server-error.ts";

/** What nearly every message says: one object, and no error. Undefined for all others. */
export function valueOf({ event, data }: EventMessage): object | undefined {
  if (event === "error") return undefined;
  const value = parsed(data);
  return typeof value === "object" && value !== null ? named(value, event) : undefined;
}

/** What any message says; some servers leave out the blank line between two. @throws APIError for what a server calls an error */
export function valuesOf({ event, data }: EventMessage): unknown[] {
  const whole = parsed(data);
  if (event === "error") throw errorIn(whole) ?? errorIn({ error: whole ?? data }) ?? noAnswer("an error event that says nothing");
  if (whole !== undefined) return whole === "[DONE]" ? [] : [whole];
  if (!data.includes("\n")) return [parseJson(data)];
  return data
    .split("\n")
    .filter((line) => line !== "[DONE]")
    .map(parseJson);
}

/** Some name the type of an event only beside its data. */
function named(value: object, event: string | undefined): object {
  return event === undefined || "type" in value ? value : { ...value, type: event };
}

/** @throws SyntaxError without the text, which is somebody's conversation and would end up in a log */
export function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new SyntaxError("The model server sent an event that is not JSON.");
  }
}
