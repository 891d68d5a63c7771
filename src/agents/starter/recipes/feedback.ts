// Do something with feedback
// Thumbs are stored and read back with `store.loadFeedback`; override `addFeedback` for more.
// chatkit-server --agent feedback.ts

import { Agent } from "@openai/agents";
import { AgentServer, type FeedbackKind, type Ports, type RequestContext } from "chatkit-server";

const agent = new Agent({ name: "Assistant", instructions: "You are a helpful assistant." });

export default class Assistant extends AgentServer {
  constructor(ports: Ports) {
    super(ports, { agent });
  }

  override async addFeedback(threadId: string, itemIds: string[], kind: FeedbackKind, context: RequestContext): Promise<void> {
    await super.addFeedback(threadId, itemIds, kind, context);
    this.logger.info({ thread_id: threadId, item_ids: itemIds, kind }, "feedback");
  }
}
