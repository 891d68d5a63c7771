/** Bodies of a mebibyte that are made to cost: each by what it is full of. */
export const HOSTILE_BODIES: Record<string, string> = {
  "numbers for a list of strings": answers(`"q":{"values":[${filled("1")}]}`),
  "a list of strings": answers(`"q":{"values":[${filled('""')}]}`),
  "a map of answers": answers(filled((i) => `"${i.toString(36)}":{}`)),
  "a map of no answers": answers(filled((i) => `"${i.toString(36)}":1`)),
  "answers full of wrong values": answers(Array.from({ length: 500 }, (_, i) => `"${i}":{"values":[${filled("1", 2000)}]}`).join()),
  "empty parts": input(`"content":[${filled("{}")}],"attachments":[]`),
  "honest parts": input(`"content":[${filled('{"type":"input_text","text":""}')}],"attachments":[]`),
  "numbers for attachments": input(`"content":[],"attachments":[${filled("1")}]`),
  "numbers for item ids": body("items.feedback", `"thread_id":"t","kind":"positive","item_ids":[${filled("1")}]`),
  "surplus keys": body("threads.list", filled((i) => `"${i.toString(36)}":1`)),
  "surplus objects": body("threads.list", `"surplus":[${filled((i) => `{"${i.toString(36)}":1}`)}]`),
  "surplus beside the parameters": `{"type":"threads.list","params":{},"surplus":[${filled("[[[]]]")}]}`,
  "a list in the place of a name": `{"type":[${filled("1")}]}`,
  "metadata": `{"type":"threads.list","params":{},"metadata":{${filled((i) => `"${i.toString(36)}":1`)}}}`,
  "lists without an end": "[".repeat(1_000_000),
  "levels": body("threads.list", `"deep":${"[".repeat(500_000)}${"]".repeat(500_000)}`),
  "levels of objects": body("threads.list", `"deep":${'{"a":'.repeat(150_000)}1${"}".repeat(150_000)}`),
  "a forbidden key behind a table": body("threads.add_client_tool_output", `"thread_id":"t","result":[${filled("1")},{"__proto__":1}]`),
  "half a character behind a map": body("threads.add_client_tool_output", `"thread_id":"t","result":{${filled((i) => `"${i.toString(36)}":1`)},"z":"\\ud800"}`),
  "digits": body("threads.list", `"limit":${"9".repeat(1_000_000)}`),
  "a title": body("threads.update", `"thread_id":"t","title":"${"x".repeat(1_000_000)}"`),
  "an output of a table": body("threads.add_client_tool_output", `"thread_id":"t","result":[${filled("1")}]`),
  "an output of a map": body("threads.add_client_tool_output", `"thread_id":"t","result":{${filled((i) => `"${i.toString(36)}":1`)}}`),
  "an output of empty lists": body("threads.add_client_tool_output", `"thread_id":"t","result":[${filled("[]")}]`),
  "an output of objects that differ": body("threads.add_client_tool_output", `"thread_id":"t","result":[${filled((i) => `{"${i.toString(36)}":1}`)}]`),
};

function body(type: string, params: string): string {
  return `{"type":"${type}","params":{${params}}}`;
}

function input(fields: string): string {
  return body("threads.create", `"input":{${fields},"inference_options":{}}`);
}

function answers(entries: string): string {
  return body("threads.add_structured_input", `"thread_id":"t","item_id":"i","input":{"answers":{${entries}}}`);
}

/** So many entries as fit, with commas between them. */
function filled(entry: string | ((index: number) => string), bytes = 1_000_000): string {
  const entries: string[] = [];
  for (let i = 0, left = bytes; left > 0; i++) {
    const text = typeof entry === "string" ? entry : entry(i);
    left -= text.length + 1;
    if (left > 0) entries.push(text);
  }
  return entries.join();
}
