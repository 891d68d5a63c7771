import { z } from "zod";
import { actionConfig } from "./actions.ts";
import type { WidgetComponent, WidgetRoot } from "./widget-types.ts";

export type { WidgetComponent, WidgetRoot };

/**
 * Widgets: roots and components by `type`. The TypeScript types are in `widget-types.ts`. The schemas check only what
 * the server relies on and let all other props pass, so that components of a newer client work without a release of ours. A component
 * whose known props do not fit passes as an unknown one, as in the Python SDK.
 */
type Node = { type: string; [prop: string]: unknown };

const text = z.string();
const flag = z.boolean().optional();
const base = { id: text.optional(), key: text.optional() };
const onClick = { onClickAction: actionConfig.optional() };
const onChange = { onChangeAction: actionConfig.optional() };
const named = { ...base, name: text };

const anyComponent: z.ZodType<Node> = z.lazy(() => component);
const children = { children: z.array(anyComponent).optional() };
const of = <const T extends string, S extends z.core.$ZodLooseShape>(type: T, shape: S) => z.looseObject({ type: z.literal(type), ...shape });

const box = { ...base, ...children };
const known = z.discriminatedUnion("type", [
  of("Text", { ...base, value: text, streaming: flag }),
  of("Markdown", { ...base, value: text, streaming: flag }),
  of("Title", { ...base, value: text }),
  of("Caption", { ...base, value: text }),
  of("Badge", { ...base, label: text }),
  of("Label", { ...base, value: text, fieldName: text }),
  of("Icon", named),
  of("Image", { ...base, src: text }),
  of("Divider", base),
  of("Spacer", base),
  of("Box", box),
  of("Row", box),
  of("Col", box),
  of("Form", { ...box, onSubmitAction: actionConfig.optional() }),
  of("Transition", { ...base, children: anyComponent.optional() }),
  of("Button", { ...base, ...onClick, label: text.optional() }),
  of("ListViewItem", { ...box, ...onClick }),
  of("Table", box),
  of("Table.Row", box),
  of("Table.Cell", box),
  of("Input", named),
  of("Textarea", named),
  of("Select", { ...named, ...onChange, options: z.array(z.looseObject({ value: text, label: text })) }),
  of("DatePicker", { ...named, ...onChange }),
  of("Checkbox", { ...named, ...onChange }),
  of("RadioGroup", { ...named, ...onChange }),
  of("Chart", { ...base, data: z.array(z.looseObject({})), series: z.array(z.looseObject({})) }),
]);
const unknownComponent = z.looseObject({
  type: text,
  ...base,
  children: z.union([z.array(anyComponent), anyComponent]).optional(),
});
const component = z.union([known, unknownComponent]) as z.ZodType<Node>;

const cardAction = z.looseObject({ label: text, action: actionConfig });
const knownRoot = z.discriminatedUnion("type", [
  of("Card", { ...box, confirm: cardAction.optional(), cancel: cardAction.optional() }),
  of("ListView", box),
  of("Basic", box),
]);
const root = z.union([knownRoot, unknownComponent.extend({ type: z.enum(["Card", "ListView", "Basic"]) })]);

/** A widget as the client renders it. Nulls are dropped at every depth, in action payloads, too. */
export const widgetRoot = typed<WidgetRoot>(root);
export const widgetComponent = typed<WidgetComponent>(component);

// The client's types list every prop, while these schemas let unknown ones pass: hence the cast.
function typed<T>(schema: z.ZodType) {
  return z
    .custom<T>((value) => typeof value === "object" && value !== null && !Array.isArray(value), "Expected a widget object")
    .transform((value) => withoutNulls(value))
    .pipe(schema as z.ZodType<T>);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, prop] of Object.entries(value)) if (prop !== null && prop !== undefined) kept[key] = withoutNulls(prop);
  return kept;
}
