/** The fields read here of a stream event of an agent's run: the SDK's `output_text_delta`, or the Responses API's own event. */
type RunEvent = { type: string; data?: unknown };
type Delta = { type?: unknown; delta?: unknown };

const RAW_EVENTS: ReadonlySet<string> = new Set(["raw_model_stream_event", "raw_response_event"]);
const TEXT_DELTAS: ReadonlySet<unknown> = new Set(["output_text_delta", "response.output_text.delta"]);

/**
 * A `Text` or `Markdown` component that shows a run's text as it grows: first `baseWidget` as it is, then a copy with each new
 * `value`, at the end one with `streaming: false`. Put each into a root and hand the roots to `streamWidget`.
 */
export async function* accumulateText<W extends { value: string; streaming?: boolean | undefined }>(
  events: AsyncIterable<RunEvent>,
  baseWidget: W,
): AsyncGenerator<W, void> {
  let text = "";
  yield baseWidget;
  for await (const event of events) {
    const delta = textDelta(event);
    if (delta === undefined) continue;
    text += delta;
    yield { ...baseWidget, value: text };
  }
  yield { ...baseWidget, value: text, streaming: false };
}

function textDelta(event: RunEvent): string | undefined {
  if (!RAW_EVENTS.has(event.type) || typeof event.data !== "object" || event.data === null) return undefined;
  const { type, delta }: Delta = event.data;
  return TEXT_DELTAS.has(type) && typeof delta === "string" ? delta : undefined;
}
