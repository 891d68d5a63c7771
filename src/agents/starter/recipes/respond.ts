// Write `respond` yourself
// A `ChatKitServer` yields whatever it likes. With `streamRun` a run of the agents SDK is answered as by an `AgentServer`: tools are shown, and the run and its failures are in the log; `startTitle` names the thread.
// chatkit-server --agent respond.ts

import { Agent, run } from "@openai/agents";
import { AgentContext, ChatKitServer, progress, simpleToAgentInput, startTitle, streamRun } from "chatkit-server";
import type { RequestContext, ThreadMetadata, UserMessageItem } from "chatkit-server";

const agent = new Agent({ name: "Assistant", instructions: "You are a helpful assistant." });

export default class Assistant extends ChatKitServer {
  override async *respond(thread: ThreadMetadata, message: UserMessageItem | null, requestContext: RequestContext) {
    const { store, logger } = this;
    if (message) yield progress("Thinking…");
    const title = startTitle({ thread, message, context: requestContext, store, logger });
    yield* streamRun({ logger, title }, async () => {
      const input = await simpleToAgentInput(await store.recentItems(thread.id, 50, requestContext));
      const chat = new AgentContext({ thread, store, requestContext });
      return { agent, chat, start: (signal) => run(agent, input, { stream: true, context: chat, signal }) };
    });
  }
}
