import { parsed } from "../../protocol/json/values.ts";
import type { EventMessage } from "./event-messages.ts";
import { errorIn, noAnswer } from "./server-error.ts";

/** The value of a message whose data is one object, as in nearly all messages. Undefined for any other, and for errors. */
export function valueOf({ event, data }: EventMessage): object | undefined {
  if (event === "error") return undefined;
  const value = parsed(data);
  return typeof value === "object" && value !== null ? named(value, event) : undefined;
}

/** The values of any message: several when the server leaves out the blank line between two. @throws APIError for an error event */
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

/** Adds the type when the server gives it only as the event's name, outside the data. */
function named(value: object, event: string | undefined): object {
  return event === undefined || "type" in value ? value : { ...value, type: event };
}

/** @throws SyntaxError without the text, which is part of a conversation and must not be logged */
export function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new SyntaxError("The model server sent an event that is not JSON.");
  }
}
