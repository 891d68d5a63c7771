import { isRecord } from "../../protocol/json/values.ts";

/** The text of a value in any form: a string, a number, a part, a list of parts. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.map(textOf).join("");
  if (!isRecord(value)) return "";
  return textOf(
    value["text"] ?? value["thinking"] ?? value["content"] ?? value["reasoning"] ?? value["summary"] ?? value["refusal"] ?? value["value"],
  );
}
