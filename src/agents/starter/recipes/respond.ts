// Write `respond` yourself
// A `ChatKitServer` yields whatever it likes, a run of the agents SDK included.
// chatkit-server --agent respond.ts

import { Agent, Runner } from "@openai/agents";
import { AgentContext, ChatKitServer, progress, simpleToAgentInput, streamAgentResponse } from "chatkit-server";
import type { RequestContext, ThreadMetadata, UserMessageItem } from "chatkit-server";

const agent = new Agent({ name: "Assistant", instructions: "You are a helpful assistant." });

export default class Assistant extends ChatKitServer {
  override async *respond(thread: ThreadMetadata, message: UserMessageItem | null, requestContext: RequestContext) {
    if (message) yield progress("Thinking…");
    const input = await simpleToAgentInput(await this.store.recentItems(thread.id, 50, requestContext));
    const context = new AgentContext({ thread, store: this.store, requestContext });
    const result = await new Runner().run(agent, input, { stream: true, context, signal: requestContext.signal });
    yield* streamAgentResponse(context, result);
  }
}
