import { isRecord, type Json } from "../../../protocol/json/values.ts";
import { argumentsOf, nameOf, newCallId } from "../call-parts.ts";
import { textOf } from "../text-of.ts";

const STATUSES = new Set<unknown>(["in_progress", "completed", "incomplete"]);

/** An output item with all fields that the SDK expects. */
export function outputItem(given: unknown, id: string): Json {
  const item: Json = { ...(isRecord(given) ? given : {}), id };
  switch (item["type"]) {
    case "message":
      return { ...item, role: "assistant", status: statusOf(item), content: contentOf(item["content"]) };
    case "function_call":
      return { ...item, ...callOf(item), status: statusOf(item) };
    case "reasoning":
      return { ...item, summary: (Array.isArray(item["summary"]) ? item["summary"] : []).filter(isRecord) };
    default:
      return item;
  }
}

function statusOf({ status }: Json): unknown {
  return STATUSES.has(status) ? status : "completed";
}

/** Only parts that the SDK knows: text and refusals. */
function contentOf(content: unknown): Json[] {
  const parts = Array.isArray(content) ? content : [content];
  return parts.flatMap((part): Json[] => {
    if (isRecord(part) && part["type"] === "refusal") return [{ ...part, refusal: textOf(part) }];
    const isText = typeof part === "string" || (isRecord(part) && (part["type"] === "output_text" || part["type"] === "text"));
    if (!isText) return [];
    const given = isRecord(part) ? part : {};
    return [
      { ...given, type: "output_text", text: textOf(part), annotations: Array.isArray(given["annotations"]) ? given["annotations"] : [] },
    ];
  });
}

function callOf({ call_id: callId, name, arguments: args, id }: Json): Json {
  const given = typeof args === "string" ? args : isRecord(args) ? JSON.stringify(args) : "";
  const known = typeof callId === "string" && callId !== "" ? callId : typeof id === "string" && id !== "" ? id : newCallId();
  return { call_id: known, name: nameOf(textOf(name)), arguments: argumentsOf(given) };
}
