import { describe, expect, test } from "bun:test";
import { toTimestamp } from "../../src/protocol/timestamp.ts";
import { attachment } from "../../src/protocol/attachments.ts";
import { streamEvent } from "../../src/protocol/events.ts";
import { threadItem } from "../../src/protocol/items.ts";
import { parseRequest } from "../../src/protocol/parse.ts";
import { serializeEvent, wireAttachment, wireItem } from "../../src/protocol/serialize.ts";
import { threadMetadata } from "../../src/protocol/thread.ts";
import { widgetRoot, type WidgetRoot } from "../../src/protocol/widgets.ts";
import { accumulateText } from "../../src/widgets/accumulate-text.ts";
import { diffWidget } from "../../src/widgets/diff-widget.ts";
import { streamWidget } from "../../src/widgets/stream-widget.ts";
import { WidgetTemplate } from "../../src/widgets/widget-template.ts";
import { UNIT_DIFFERENCES, withoutActionDefaults } from "./differences.ts";

type Case = Record<string, any> & { name: string }; // recorded JSON: each file has a shape of its own
type Transcript = { name: string; about: string; cases: Case[] };

const read = async (name: string): Promise<Transcript> => Bun.file(new URL(`unit/${name}.json`, import.meta.url)).json();

/** The answer to one case, or "error" where the library refuses it. */
async function outcome(answer: () => unknown): Promise<unknown> {
  try {
    return json(await answer());
  } catch {
    return "error";
  }
}
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function replay(file: string, recorded: (c: Case) => unknown, answer: (c: Case) => unknown): Promise<void> {
  const transcript = await read(file);
  describe(transcript.about, () => {
    transcript.cases.forEach((c, i) => {
      const difference = UNIT_DIFFERENCES[`${file}/${c.name}`];
      test(
        difference ? `${c.name}: differs, because: ${difference.reason}` : `${i + 1} ${c.kind ?? ""} ${c.name} is as recorded`,
        async () => {
          const expected = "error" in c || "errors" in c ? "error" : recorded(c);
          const got = await outcome(() => answer(c));
          if (difference) expect(got).not.toEqual(expected as never);
          expect(got).toEqual((difference ? difference.instead : expected) as never);
        },
      );
    });
  });
}

async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(events);
}
async function* from<T>(values: T[]): AsyncGenerator<T> {
  yield* values;
}

await replay(
  "diff_widget",
  (c) => c.deltas,
  (c) => diffWidget(widgetRoot.parse(c.before), widgetRoot.parse(c.after)),
);

// A `created_at` is the moment of the recording; ids count up there.
const timeless = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(/"created_at":"[^"]*"/g, '"created_at":"…"'));
await replay(
  "stream_widget",
  (c) => timeless(c.events),
  async (c) =>
    timeless(
      await collect(streamWidget({ id: "thread_x" }, c.generator ? from<WidgetRoot>(c.states) : c.states[0], undefined, () => "message_1")),
    ),
);

const deltas = ["a", "b", "é"].map((delta) => ({ type: "raw_model_stream_event", data: { type: "output_text_delta", delta } }));
await replay(
  "accumulate_text",
  (c) => c.widgets,
  (c) => collect(accumulateText(from(deltas), c.widgets[0])),
);

await replay(
  "widget_template",
  (c) => c.output,
  (c) => new WidgetTemplate(c.widget).build(c.data ?? undefined),
);

const WIRE: Record<string, (input: unknown) => unknown> = {
  datetime: (input) => wireItem(threadItem.parse(input)),
  item: (input) => wireItem(threadItem.parse(input)),
  widget: (input) => wireItem(threadItem.parse(input)),
  attachment: (input) => wireAttachment(attachment.parse(input)),
  thread_metadata: (input) => threadMetadata.parse(input),
  event: (input) => JSON.parse(serializeEvent(streamEvent.parse(input)) ?? "null"),
};
const utc = (value: any) => (value.created_at ? { ...value, created_at: toTimestamp(value.created_at) } : value);
await replay(
  "serialisation",
  (c) => utc(withoutActionDefaults(JSON.parse(c.output))),
  (c) => WIRE[c.kind]!(c.input),
);

// `limit` is brought into its range at the door; the reference hands it on as it came.
const clamped = (c: Case) => {
  const { limit, ...params } = c.parsed.params;
  const paging = "order" in params ? { limit: limit === null ? 20 : Math.min(Math.max(limit, 1), 1000) } : {};
  return { ...c.parsed, params: Object.fromEntries(Object.entries({ ...params, ...paging }).filter(([, value]) => value !== null)) };
};
await replay("request_validation", clamped, (c) => parseRequest(typeof c.raw === "string" ? c.raw : Uint8Array.fromHex(c.raw.hex)));
