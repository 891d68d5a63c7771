import { Handoff, handoff, type Agent } from "@openai/agents";

// any: an agent may have any context and output type.
type AnyAgent = Agent<any, any>;

/** The key in a thread's metadata with the name of the agent that answered last, when a handoff had led to it. */
const LAST_AGENT = "chatkit_last_agent";

const told = new WeakSet<AnyAgent>();

/**
 * Gives handoffs of one agent distinct tools. The SDK makes the tool's name from the letters and digits of ASCII in the agent's name, so
 * that of names in other scripts nothing is left but underscores.
 */
export function tellHandoffsApart(root: AnyAgent): void {
  for (const agent of reachableFrom(root)) {
    if (told.has(agent)) continue;
    told.add(agent);
    const names = new Set<string>();
    agent.handoffs = agent.handoffs.map((to) => {
      const own = to instanceof Handoff ? to : handoff(to);
      const name = freeName(own.toolName, names);
      names.add(name);
      if (name === own.toolName) return to;
      own.toolName = name;
      return own;
    });
  }
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  return name;
}

/** The agent that the last answer of the thread ended with, if a handoff had led to it; else `root`. */
export function agentToContinue(root: AnyAgent, metadata: Record<string, unknown>): AnyAgent {
  const name = metadata[LAST_AGENT];
  return (typeof name === "string" ? reachableFrom(root).find((agent) => agent.name === name) : undefined) ?? root;
}

/** The thread's metadata with the agent that has answered; the same object when nothing changes. */
export function withLastAgent(metadata: Record<string, unknown>, root: AnyAgent, last: AnyAgent | undefined): Record<string, unknown> {
  const name = last === undefined || last.name === root.name ? undefined : last.name;
  if (metadata[LAST_AGENT] === name) return metadata;
  const { [LAST_AGENT]: _, ...rest } = metadata;
  return name === undefined ? rest : { ...rest, [LAST_AGENT]: name };
}

/** The agent and all that its handoffs lead to, each once. */
export function reachableFrom(root: AnyAgent): AnyAgent[] {
  const found = new Set<AnyAgent>([root]);
  for (const agent of found) for (const to of agent.handoffs) found.add(to instanceof Handoff ? to.agent : to);
  return [...found];
}
