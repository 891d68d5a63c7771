import { isRecord, type Json } from "../../../protocol/json/values.ts";

/**
 * The input of a request in a form that every server of the Responses API accepts: older ones take the output of a tool as a text only,
 * and that of an MCP server is a list of texts.
 */
export function shapedInput(input: readonly unknown[]): unknown[] {
  return input.map((item) => {
    if (!isRecord(item) || item["type"] !== "function_call_output" || !Array.isArray(item["output"])) return item;
    const { output } = item;
    return output.length > 0 && output.every(isText) ? { ...item, output: output.map(({ text }) => text).join("\n") } : item;
  });
}

function isText(part: unknown): part is Json & { text: string } {
  return isRecord(part) && part["type"] === "input_text" && typeof part["text"] === "string";
}
