// Refuse what does not belong
// When a guardrail trips, all that the answer had shown is taken back; what comes instead is yours.
// chatkit-server --agent guardrail.ts

import { Agent, InputGuardrailTripwireTriggered, type InputGuardrail } from "@openai/agents";
import { AgentServer, assistantMessage, type Ports, type RequestContext, type ThreadMetadata, type UserMessageItem } from "chatkit-server";

const noHomework: InputGuardrail = {
  name: "no homework",
  execute: async ({ input }) => ({ tripwireTriggered: JSON.stringify(input).includes("homework"), outputInfo: null }),
};

export default class Shop extends AgentServer {
  constructor(ports: Ports) {
    super(ports, { agent: new Agent({ name: "Shop", instructions: "Help to choose.", inputGuardrails: [noHomework] }) });
  }

  override async *respond(thread: ThreadMetadata, message: UserMessageItem | null, context: RequestContext) {
    try {
      yield* super.respond(thread, message, context);
    } catch (error) {
      if (!(error instanceof InputGuardrailTripwireTriggered)) throw error;
      yield assistantMessage("I can only help you to choose something.");
    }
  }
}
