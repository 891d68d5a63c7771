import { describe, expect, test } from "bun:test";
import { ChatAnswer } from "../../../src/agents/models/chat/answer.ts";
import { completionOf } from "../../../src/agents/models/chat/completion.ts";
import { EventStream } from "../../../src/agents/models/event-stream.ts";
import { ResponsesAnswer } from "../../../src/agents/models/responses/answer.ts";
import { chunk, finish, frame, raw, text, type Asked } from "../../support/odd-server.ts";
import { INCOMPLETE_CHAT, INCOMPLETE_RESPONSES } from "./servers/incomplete.ts";
import { NO_ANSWERS } from "./servers/no-answer.ts";
import { RESPONSES } from "./servers/responses.ts";
import type { Row } from "./servers/row.ts";
import { TEXTS } from "./servers/text.ts";
import { TOOL_CALLS } from "./servers/tool-calls.ts";

/** However the network cuts what a server sends, it is the same answer. */

const ASKED = { model: "x", stream: true, messages: [], input: [] } as Asked;
/** As many places of a body are tried. */
const CUTS = 7;

async function read(api: "chat" | "responses", pieces: Uint8Array[]): Promise<string> {
  const dialect = api === "chat" ? new ChatAnswer() : new ResponsesAnswer();
  const body = new ReadableStream({ start: (stream) => (pieces.forEach((piece) => stream.enqueue(piece)), stream.close()) });
  const events: never[] = [];
  try {
    const stream = EventStream.inDialect(dialect as never).fromSSEResponse(raw(body as never), new AbortController());
    for await (const event of stream) events.push(event as never);
  } catch (error) {
    return `${withoutIds(JSON.stringify(events.at(-1)))} ${(error as Error).message}`;
  }
  return withoutIds(JSON.stringify(api === "chat" ? completionOf(events) : events));
}

/** Ids that are made here are others each time. */
function withoutIds(json: string | undefined): string {
  return (json ?? "").replace(/(item_|resp_|"id":"|"call_id":")[A-Za-z0-9]{9}(?=["_])/g, "$1…");
}

function expectTheSame(api: "chat" | "responses", rows: Row[]): void {
  const streams = rows.filter(({ name }) => !/breaks|never ends/.test(name));
  test(`${api}: ${streams.length} bodies`, async () => {
    for (const { name, says } of streams) {
      const response = await says(ASKED);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const whole = await read(api, [bytes]);
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect([name, await read(api, single)]).toEqual([name, whole]);
      const step = Math.max(1, Math.floor(bytes.length / CUTS));
      for (let cut = 1; cut < bytes.length; cut += step) {
        expect([name, cut, await read(api, [bytes.subarray(0, cut), bytes.subarray(cut)])]).toEqual([name, cut, whole]);
      }
    }
  });
}

describe("the same answer, however it is cut", () => {
  expectTheSame("chat", [...TEXTS, ...TOOL_CALLS, ...INCOMPLETE_CHAT, ...NO_ANSWERS]);
  expectTheSame("responses", [...RESPONSES, ...INCOMPLETE_RESPONSES]);

  const encoder = new TextEncoder();
  const words = Array.from({ length: 10_000 }, (_, i) => `w${i} `);

  test("10,000 tiny chunks, with returns, comments and a byte order mark among them", async () => {
    const plain = `${[...text(...words), finish("stop")].map(frame).join("")}data: [DONE]\n\n`;
    const odd = `\ufeff: hello\r\n\r\n${plain.replaceAll("\n\n", "\r\n: keep-alive\n\r\n")}`;
    const [expected, got] = [await read("chat", [encoder.encode(plain)]), await read("chat", [encoder.encode(odd)])];
    expect(got).toBe(expected);
    expect(JSON.parse(got).choices[0].message.content).toBe(words.join(""));
  });

  test("one chunk of many megabytes", async () => {
    const huge = "x".repeat(8_000_000);
    const got = await read("chat", [encoder.encode(`${[chunk({ content: huge }), finish("stop")].map(frame).join("")}data: [DONE]\n\n`)]);
    expect(JSON.parse(got).choices[0].message.content).toHaveLength(huge.length);
  });
});
