import type { AgentInputItem } from "@openai/agents";

/**
 * A conversation in the form in which `@openai/guardrails` reads what tools were called with and what they gave: that of the Responses API,
 * while a workflow's list has the SDK's.
 */
export function judgedConversation(items: readonly AgentInputItem[]): object[] {
  return items.map((item) => {
    if (item.type === "function_call") return { type: "function_call", name: item.name, arguments: item.arguments, call_id: item.callId };
    if (item.type === "function_call_result") return { type: "function_call_output", name: item.name, output: textOf(item.output), call_id: item.callId };
    if (item.type === "hosted_tool_call") {
      const { name, arguments: given } = { ...item, ...item.providerData } as { name: string; arguments?: unknown };
      return { type: "function_call_output", name, arguments: given, output: item.output, call_id: item.id };
    }
    return item;
  });
}

function textOf(output: unknown): unknown {
  return typeof output === "object" && output !== null && "text" in output ? output.text : output;
}
