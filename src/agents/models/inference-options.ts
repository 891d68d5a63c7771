import { Agent } from "@openai/agents";
import type { InferenceOptions } from "../../protocol/input.ts";

// any: an agent may have any context and output type.
type AnyAgent = Agent<any, any>;

/**
 * The agent with the choices made in the client's composer: a model of the allow-list, a tool that the agent has. Any other choice is
 * ignored, since a client can send anything, and a choice that no longer exists should not keep the agent from answering.
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
 * Whether the settings were given by the agent's author. Those that the SDK fills in for its default model must not be used with another
 * model. The method is not in the SDK's types.
 */
function hasOwnSettings(agent: AnyAgent & { hasExplicitModelSettings?: () => boolean }): boolean {
  return agent.hasExplicitModelSettings?.() ?? true;
}

function hasTool(agent: AnyAgent, name: string): boolean {
  return agent.tools.some((tool) => tool.name === name);
}
