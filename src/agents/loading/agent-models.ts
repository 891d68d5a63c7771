import { Agent } from "@openai/agents";
import type { ChatKitServer } from "../../server/chatkit-server.ts";
import { AgentServer } from "../agent-server.ts";
import type { ConfiguredModels } from "../models/model-provider.ts";
import { titleAgent } from "../titles.ts";

/** An agent by its name, and the model that will answer for it. */
export type AgentModel = { agent: string; model: string };

// any: an agent may have any context and output type.
type AnyAgent = Agent<any, any>;

/** The agents of an exported workflow, as they are in its file. */
type Named = readonly { name: string; model: string | undefined }[];

/**
 * The agents of a server, with those that they can hand over to and the one that makes titles. None for a server that is no
 * `AgentServer`, unless they are `named`: which agents its `respond` runs is not known.
 */
export function agentModels(server: ChatKitServer, titleModel: string | undefined, models: ConfiguredModels, named: Named = []): AgentModel[] {
  if (!(server instanceof AgentServer)) return named.map(({ name, model }) => ({ agent: name, model: models.nameOf(model ?? "") }));
  const { agent, title = titleModel === undefined ? true : titleAgent(titleModel) } = server.options;
  const agents = [...reachable(agent, new Set()), ...(title instanceof Agent ? [title] : [])];
  return agents.map((one) => ({ agent: one.name, model: models.nameOf(one.model) }));
}

/** One line for the log: the model of each agent, and where it is. */
export function inOneLine(agents: readonly AgentModel[], { describe, demoName, where }: ConfiguredModels): string {
  if (agents.every(({ model }) => model === demoName)) return describe;
  return `${agents.map(({ agent, model }) => `${agent}: ${model}`).join(", ")}${where === undefined ? "" : `; at ${where}`}.`;
}

function reachable(agent: AnyAgent, known: Set<AnyAgent>): Set<AnyAgent> {
  if (known.has(agent)) return known;
  known.add(agent);
  for (const handoff of agent.handoffs) reachable(handoff instanceof Agent ? handoff : handoff.agent, known);
  return known;
}
