/**
 * Where this server differs from the recorded reference on purpose. Everything else must match.
 * Rules that concern every transcript come first; single cases are the exception.
 */

/** Unit transcripts: `file/case` → why, and what this library gives instead (`error` where it refuses). */
export const UNIT_DIFFERENCES: Record<string, { reason: string; instead: unknown }> = {
  "diff_widget/dynamic_append_streaming_removed": {
    reason: "The reference raises when a prop goes away; the client can still be told the whole widget.",
    instead: [{ type: "widget.root.updated", widget: { type: "Card", children: [{ type: "Text", id: "t", value: "Hello" }] } }],
  },
  "diff_widget/dynamic_single_child_object": {
    reason: "The reference loses text that grows in a child that is no list.",
    instead: [{ type: "widget.root.updated", widget: { type: "Basic", children: { type: "Text", id: "t", value: "ab" } } }],
  },
  "diff_widget/dynamic_transition": {
    reason: "The same, inside a Transition.",
    instead: [
      { type: "widget.root.updated", widget: { type: "Card", children: [{ type: "Transition", children: { type: "Text", id: "t", value: "ab" } }] } },
    ],
  },
  "diff_widget/union_transition": {
    reason: "The same, inside a Transition.",
    instead: [
      { type: "widget.root.updated", widget: { type: "Card", children: [{ type: "Transition", children: { type: "Text", id: "t", value: "ab" } }] } },
    ],
  },
  "diff_widget/union_append_without_id": {
    reason: "The reference loses text that grows in a component without an id.",
    instead: [{ type: "widget.root.updated", widget: { type: "Card", children: [{ type: "Text", value: "ab" }] } }],
  },
};

/** The hints the reference adds to an action that names none; a widget's action goes out as it was written. */
const ACTION_DEFAULTS: Record<string, unknown> = { handler: "server", loadingBehavior: "auto", streaming: true };

/** An expected value without what the reference adds to actions. */
export function withoutActionDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutActionDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const kept = "handler" in value && "loadingBehavior" in value ? entries.filter(([key, hint]) => ACTION_DEFAULTS[key] !== hint) : entries;
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutActionDefaults(inner)]));
}
