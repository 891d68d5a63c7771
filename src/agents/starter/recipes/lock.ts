// Lock a thread
// A thread that is locked or closed shows the reason and takes no more messages.
// chatkit-server --agent lock.ts

import { Agent, tool } from "@openai/agents";
import { agentContext } from "chatkit-server";
import { z } from "zod";

const handOver = tool({
  name: "hand_over",
  description: "Gives the conversation to a human.",
  parameters: z.object({}),
  execute: (_, run) => {
    agentContext(run).thread.status = { type: "locked", reason: "A colleague will answer by mail." };
    return "Say goodbye.";
  },
});

export default new Agent({ name: "Support", instructions: "Hand over when somebody asks for a human.", tools: [handOver] });
