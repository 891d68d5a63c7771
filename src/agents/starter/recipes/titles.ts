// Title threads
// New threads are named by their first words. With CHATKIT_TITLE_MODEL=gpt-5-nano that model names them while the answer streams,
// whichever agent answers; here an agent of your own says how. Anything that sets `agentContext(run).thread.title`, or `thread.title`
// in a hook, renames the thread, too.
// chatkit-server --agent titles.ts

import { Agent } from "@openai/agents";
import { AgentServer, type Ports } from "chatkit-server";

const agent = new Agent({ name: "Assistant", instructions: "You are a helpful assistant." });
const title = new Agent({ name: "Titles", instructions: "Name this conversation in two to five words.", model: "gpt-5-nano" });

export default (ports: Ports) => new AgentServer(ports, { agent, title });
