import type { SentEvent } from "../protocol/events.ts";
import type { PlainRequest, StreamingRequest } from "../protocol/requests.ts";
import type { RequestContext } from "./context.ts";
import type { Hooks } from "./hooks.ts";
import * as plain from "./ops/plain.ts";
import * as turns from "./ops/turns.ts";
import type { Burst } from "./streams/burst.ts";
import type { Stream } from "./streams/stream.ts";

/** Calls the function of a streaming operation. The switch is exhaustive: an operation missing here is a type error. */
export function streamed<C extends RequestContext>(
  server: Hooks<C>,
  stream: Stream<C>,
  asked: StreamingRequest,
): AsyncGenerator<Burst<SentEvent>, void> {
  switch (asked.type) {
    case "threads.create":
      return turns.createThread(server, stream, asked.params);
    case "threads.add_user_message":
      return turns.addUserMessage(server, stream, asked.params);
    case "threads.add_client_tool_output":
      return turns.addClientToolOutput(server, stream, asked.params);
    case "threads.add_structured_input":
      return turns.addStructuredInput(server, stream, asked.params);
    case "threads.retry_after_item":
      return turns.retryAfterItem(server, stream, asked.params);
    case "threads.custom_action":
      return turns.customAction(server, stream, asked.params);
  }
}

/** Calls the function of an operation that answers at once; resolves to the value to write as JSON. */
export function answered<C extends RequestContext>(server: Hooks<C>, asked: PlainRequest, context: C): Promise<object> {
  switch (asked.type) {
    case "threads.get_by_id":
      return plain.getThread(server, asked.params, context);
    case "threads.list":
      return plain.listThreads(server, asked.params, context);
    case "threads.update":
      return plain.updateThread(server, asked.params, context);
    case "threads.delete":
      return plain.deleteThread(server, asked.params, context);
    case "threads.sync_custom_action":
      return plain.syncCustomAction(server, asked.params, context);
    case "items.list":
      return plain.listItems(server, asked.params, context);
    case "items.feedback":
      return plain.addFeedback(server, asked.params, context);
    case "attachments.create":
      return plain.createAttachment(server, asked.params, context);
    case "attachments.delete":
      return plain.deleteAttachment(server, asked.params, context);
    case "input.transcribe":
      return plain.transcribe(server, asked.params, context);
  }
}
