import { Agent } from "@openai/agents";
import type { InferenceOptions } from "../../protocol/input.ts";

// any: an agent's context and output types are its author's business.
type AnyAgent = Agent<any, any>;

/**
 * The agent with what the client chose in its composer: a model of the allow-list, a tool that the agent has. Anything else is
 * ignored: these fields are the client's to forge, and a choice that no longer exists is no reason not to answer.
 */
export function withInferenceOptions(agent: AnyAgent, options: InferenceOptions | undefined, models: readonly string[] = []): AnyAgent {
  const model = options?.model !== undefined && models.includes(options.model) ? options.model : undefined;
  const tool = options?.tool_choice && hasTool(agent, options.tool_choice.id) ? options.tool_choice.id : undefined;
  if (model === undefined && tool === undefined) return agent;
  const settings = hasOwnSettings(agent) ? agent.modelSettings : undefined;
  return agent.clone({
    ...(model !== undefined && { model }),
    ...((settings || tool !== undefined) && { modelSettings: { ...settings, ...(tool !== undefined && { toolChoice: tool }) } }),
  });
}

/**
 * Whether the settings are the author's: those that the SDK fills in for its default model must not go along to another.
 * The SDK knows and does not say so in its types.
 */
function hasOwnSettings(agent: AnyAgent & { hasExplicitModelSettings?: () => boolean }): boolean {
  return agent.hasExplicitModelSettings?.() ?? true;
}

function hasTool(agent: AnyAgent, name: string): boolean {
  return agent.tools.some((tool) => tool.name === name);
}
