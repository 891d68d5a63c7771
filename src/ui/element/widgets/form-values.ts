import { objectOf } from "./values/index.ts";

export type Field = { name: string; value: string | boolean };

/** The deepest nesting that a dotted name may create. */
const DEEPEST = 16;

/** The values of a form's fields: text, whether a box is ticked, the chosen radio button. */
export function fieldsOf(form: HTMLFormElement): Field[] {
  const fields: Field[] = [];
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement)) continue;
    const name = element.dataset["field"];
    if (name === undefined || element.matches(":disabled")) continue;
    if (element.type === "checkbox") fields.push({ name, value: (element as HTMLInputElement).checked });
    else if (element.type !== "radio" || (element as HTMLInputElement).checked) fields.push({ name, value: element.value });
  }
  return fields;
}

/**
 * An action's payload with the fields added; a dotted name is a path. A key that the payload has already stays as it is, and is reported:
 * two meanings of one name are a mistake of the widget.
 */
export function payloadWith(payload: unknown, fields: readonly Field[], onCollision: (name: string) => void = () => {}): unknown {
  if (fields.length === 0) return payload;
  const given = payload === undefined || payload === null ? {} : objectOf(payload);
  if (!given) {
    for (const { name } of fields) onCollision(name);
    return payload;
  }
  const values = new Map<string, unknown>();
  for (const { name, value } of fields) put(values, name.split(".").slice(0, DEEPEST), value);
  return merged(given, values, "", onCollision);
}

type Values = Map<string, unknown>;

function put(values: Values, [key = "", ...rest]: string[], value: unknown): void {
  if (rest.length === 0) return void values.set(key, value);
  const inner = values.get(key);
  const next: Values = inner instanceof Map ? inner : new Map();
  values.set(key, next);
  put(next, rest, value);
}

function merged(given: Record<string, unknown>, values: Values, path: string, onCollision: (name: string) => void): Record<string, unknown> {
  const entries = new Map(Object.entries(given));
  for (const [key, value] of values) {
    const there = entries.get(key);
    const inner = objectOf(there);
    if (value instanceof Map && (inner || !entries.has(key))) entries.set(key, merged(inner ?? {}, value, `${path}${key}.`, onCollision));
    else if (entries.has(key)) onCollision(path + key);
    else entries.set(key, value);
  }
  // `fromEntries` defines own properties, whatever their names; an assignment to `__proto__` would not.
  return Object.fromEntries(entries);
}
