import { Runner } from "@openai/agents";
import type { ThreadStreamEvent } from "../protocol/events.ts";
import type { UserMessageItem } from "../protocol/items.ts";
import type { ThreadMetadata } from "../protocol/thread.ts";
import { ChatKitServer } from "../server/chatkit-server.ts";
import type { RequestContext } from "../server/context.ts";
import { AgentContext } from "./agent-context.ts";
import { builtInAgent } from "./built-in-agent.ts";
import { DemoProvider } from "./demo-model.ts";
import { streamAgentResponse } from "./stream-agent-response.ts";
import { ThreadItemConverter } from "./thread-item-converter.ts";

/** Answers as an `AgentServer` does, by the demo model at once, without being counted: for an answer that nobody sees. */
export class RehearsalServer extends ChatKitServer {
  override async *respond(
    thread: ThreadMetadata,
    message: UserMessageItem | null,
    requestContext: RequestContext,
  ): AsyncGenerator<ThreadStreamEvent> {
    const context = new AgentContext({ thread, store: this.store, requestContext });
    const input = await new ThreadItemConverter().toAgentInput(message ? [message] : []);
    const runner = new Runner({ modelProvider: new DemoProvider({ wordPauseMs: 0 }), tracingDisabled: true });
    const result = await runner.run(builtInAgent(), input, { stream: true, context, signal: requestContext.signal });
    yield* streamAgentResponse(context, result);
  }
}
