// Ask before a tool runs
// `needsApproval` shows the call with two buttons, here for more than 20 euros; the run waits in the database, over a restart as well, until the person writes something else.
// chatkit-server --agent approval.ts

import { Agent, tool } from "@openai/agents";
import { z } from "zod";

const refund = tool({
  name: "refund",
  description: "Pays an order back.",
  parameters: z.object({ order: z.string(), euros: z.number() }),
  needsApproval: async (_run, { euros }) => euros > 20,
  execute: async ({ order, euros }) => `Paid back ${euros} € for ${order}.`,
});

export default new Agent({ name: "Support", instructions: "Help with orders.", tools: [refund] });
