import { describe, expect, test } from "bun:test";
import { InputGuardrailTripwireTriggered, OutputGuardrailTripwireTriggered } from "@openai/agents";
import { ResponseStreamConverter } from "../../../src/agents/response/response-stream-converter.ts";
import { streamAgentResponse } from "../../../src/agents/response/stream-agent-response.ts";
import { ThreadItemConverter } from "../../../src/agents/input/thread-item-converter.ts";
import type { ThreadStreamEvent } from "../../../src/protocol/events.ts";
import { threadItem } from "../../../src/protocol/items.ts";
import { chat, type Chat } from "../../support/chat-context.ts";
import { DIFFERENCES } from "./differences.ts";

type Recorded = Record<string, any>; // JSON of the recording: each file has a shape of its own

const cases = async (file: string): Promise<Recorded[]> => {
  const transcript = await Bun.file(new URL(`../../conformance/unit/${file}.json`, import.meta.url)).json();
  return transcript.cases;
};

const title = (file: string, name: string, about = name) => {
  const difference = DIFFERENCES[`${file}/${name}`];
  return difference ? `${about}, where: ${difference.reason}` : `${name}: ${about}`;
};

type Instead = { taskIndexes?: number[]; types?: string[] };

const streamed = await cases("stream_agent_response");
describe("streamAgentResponse gives the recorded events", () => {
  for (const c of streamed) {
    test(title("stream_agent_response", c["name"], c["about"]), async () => {
      const it = await chat((c["thread_items"] ?? []).map((item: unknown) => threadItem.parse(item)));
      const converter = new ResponseStreamConverter(c["partial_images"] ? { partialImages: c["partial_images"] } : {});
      const { events, error } = await collected(streamAgentResponse(it.context, scriptedRun(it, c["script"]) as never, { converter }));
      const got = normal(events);
      const expected = normal(c["events"]);
      const difference = DIFFERENCES[`stream_agent_response/${c["name"]}`]?.instead as Instead | undefined;
      if (difference) {
        expect(got).not.toEqual(expected);
        if (difference.types) expect(events.map((event) => event.type)).toEqual(difference.types as never);
        const indexes = events.flatMap((event) => ("update" in event && "task_index" in event.update ? [event.update.task_index] : []));
        if (difference.taskIndexes) expect(indexes).toEqual(difference.taskIndexes);
      } else {
        expect(got).toEqual(expected);
        const writes = c["store_writes"].map(([, item]: unknown[]) => ({ item }));
        expect(normal(it.store.writes.map((item) => ({ item })))).toEqual(normal(writes));
      }
      expect(error === undefined).toBe(c["error"] === undefined);
      if (c["error"]?.class.endsWith("Triggered")) expect((error as Error).constructor.name).toBe(c["error"].class);
    });
  }
});

const RAISED: Record<string, () => Error> = {
  input: () => new InputGuardrailTripwireTriggered("tripped", {} as never),
  output: () => new OutputGuardrailTripwireTriggered("tripped", {} as never),
  other: () => new Error("other"),
};

/** What `streamAgentResponse` uses of a run, with the script's events; each call of the context comes before the next event. */
function scriptedRun(it: Chat, script: Recorded[]) {
  const steps = script[Symbol.iterator]();
  const stream = new ReadableStream(
    {
      async pull(out) {
        for (let next = steps.next(); !next.done; next = steps.next()) {
          const { responses, context, tool_called: call, raise } = next.value;
          if (context) await perform(it, context);
          else if (raise) throw RAISED[raise]!();
          else if (responses) return out.enqueue({ type: "raw_model_stream_event", data: { type: "model", event: responses } });
          else {
            const item = { rawItem: { ...call, callId: call.call_id } };
            return out.enqueue({ type: "run_item_stream_event", name: "tool_called", item });
          }
        }
        out.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { toStream: () => stream, completed: Promise.resolve(), rawResponses: [], newItems: [], interruptions: [], cancelled: false };
}

async function perform({ context }: Chat, op: Recorded): Promise<void> {
  const task = (title: string) => ({ type: "custom" as const, title });
  if (op["op"] === "stream_widget") await context.streamWidget(op["widget"], op["copy_text"]);
  else if (op["op"] === "start_workflow") context.startWorkflow({ type: op["type"], tasks: op["tasks"].map(task) });
  else if (op["op"] === "add_task") context.addWorkflowTask(task(op["title"]));
  else if (op["op"] === "update_task") context.updateWorkflowTask(task(op["title"]), op["index"]);
  else if (op["op"] === "end_workflow") context.endWorkflow(op["summary"] ? { title: op["summary"] } : undefined, op["expanded"] ?? false);
  else if (op["op"] === "client_tool") context.clientToolCall = { name: op["name"], arguments: op["arguments"] };
  else throw new Error(`no such call: ${op["op"]}`);
}

async function collected(stream: AsyncIterable<ThreadStreamEvent>): Promise<{ events: ThreadStreamEvent[]; error?: unknown }> {
  const events: ThreadStreamEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events };
}

/** Item ids by order of first appearance; moments and durations left out. */
function normal(events: object[]): unknown {
  const ids = new Map<string, string>();
  const numbered = (id: string) => ids.get(id) ?? ids.set(id, `#${ids.size + 1}`).get(id);
  return (JSON.parse(JSON.stringify(events)) as Recorded[]).map((event) => {
    if (event["item_id"]) event["item_id"] = numbered(event["item_id"]);
    if (event["item"]) event["item"] = { ...event["item"], id: numbered(event["item"].id), created_at: "…" };
    if (event["item"]?.workflow?.summary?.duration !== undefined) event["item"].workflow.summary.duration = "…";
    return event;
  });
}

class Overridden extends ThreadItemConverter {
  override async tagToMessageContent(tag: { id: string; text: string }) {
    return { type: "input_text" as const, text: `TAG ${tag.id} ${tag.text}` };
  }
  override async attachmentToMessageContent(attachment: { id: string; type: string }) {
    return { type: "input_text" as const, text: `ATT ${attachment.id} ${attachment.type}` };
  }
}

/** The recorded input items (Responses format) as the agents SDK's own; its adapter turns them back. */
function asSdkInput(item: Recorded): unknown {
  const { type, call_id: callId } = item;
  if (type === "function_call") return { type, callId, name: item["name"], arguments: json(item["arguments"]) };
  if (type === "function_call_output") return { type: "function_call_result", callId, output: json(item["output"]) };
  return { ...item, content: item["content"].map(asSdkPart) };
}

function asSdkPart({ annotations: _, logprobs: __, image_url: image, ...part }: Recorded): unknown {
  return json(image ? { ...part, image } : part);
}

// JSON in a text is compared as a value: the two languages write it differently.
function json(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/[{"[].*$/s, canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, json(inner)]));
}

function canonical(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return text;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function comparable(item: Recorded): unknown {
  if (item["type"] === "message") {
    const { status: _, ...rest } = item;
    return { ...rest, content: item["content"].map(json) };
  }
  const { status: _, name, ...call } = item;
  return json(item["type"] === "function_call" ? { ...call, name } : call);
}

const converted = await cases("thread_item_converter");
describe("ThreadItemConverter gives the recorded model input", () => {
  for (const [i, c] of converted.entries()) {
    test(`${i + 1} ${title("thread_item_converter", c["name"])}`, async () => {
      const converter = c["converter"] === "overridden" ? new Overridden() : new ThreadItemConverter();
      const items = c["items"].map((item: object) => threadItem.parse({ attachments: [], ...item }));
      const input = await converter.toAgentInput(items);
      const difference = DIFFERENCES[`thread_item_converter/${c["name"]}`];
      if (c["error"]) {
        const texts = (input as Recorded[]).flatMap((item) => item["content"].map((part: Recorded) => part["text"]));
        expect(texts).toEqual(expect.arrayContaining(difference!.instead as string[]));
      } else {
        expect(input.map(comparable)).toEqual(c["output"].map(asSdkInput));
      }
    });
  }
});
