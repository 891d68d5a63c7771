// Answer a click
// `action` answers with a stream, `syncAction` at once. Here the model goes on; `parseAction` refuses a payload that was made up.
// chatkit-server --agent widget-click.ts

import { Agent } from "@openai/agents";
import { AgentServer, hiddenContext, parseAction, type Action, type Ports, type RequestContext } from "chatkit-server";
import type { ThreadMetadata, WidgetItem } from "chatkit-server";
import { z } from "zod";

const payload = z.object({ city: z.string() });

export default class Weather extends AgentServer {
  constructor(ports: Ports) {
    super(ports, { agent: new Agent({ name: "Weather", instructions: "Talk about the weather." }) });
  }

  override async *action(thread: ThreadMetadata, action: Action, sender: WidgetItem | null, context: RequestContext) {
    if (action.type !== "weather.tomorrow") return yield* super.action(thread, action, sender, context);
    const { city } = parseAction(action, payload);
    if (sender) yield { type: "thread.item.removed" as const, item_id: sender.id };
    yield hiddenContext(`The person clicked: the weather in ${city} tomorrow.`);
    yield* this.respond(thread, null, context);
  }
}
