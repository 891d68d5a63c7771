/** A request of the Responses API, as far as it is compared. */
export type ModelRequest = {
  body: { stream?: boolean; instructions?: string; input: unknown[]; tools?: { type: string; name?: string }[] };
};
type InputItem = {
  type?: string;
  role?: string;
  content?: string | { text?: string }[];
  name?: string;
  call_id?: string;
  arguments?: string;
  output?: unknown;
};

/**
 * What the model was told, in a form in which the Python and the JavaScript SDK say the same: their requests differ in defaults,
 * ids of items, and white space in JSON. Requests that do not stream (titles) are in an order of their own, so only their
 * instructions count.
 */
export function modelInputs(requests: ModelRequest[]): unknown {
  const bodies = requests.map(({ body }) => body);
  const told = (body: ModelRequest["body"]) => ({
    instructions: body.instructions,
    tools: (body.tools ?? []).map((tool) => tool.name ?? tool.type).sort(),
    input: body.input.map((item) => said(item as InputItem)),
  });
  return {
    streamed: bodies.filter((body) => body.stream).map(told),
    others: bodies.filter((body) => !body.stream).map((body) => body.instructions),
  };
}

function said(item: InputItem): unknown {
  switch (item.type) {
    case "function_call":
      return { call: item.name, id: item.call_id, arguments: data(item.arguments) };
    case "function_call_output":
      return { output: data(item.output), id: item.call_id };
    case "reasoning":
      return { reasoning: true };
    default:
      return { role: item.role, content: typeof item.content === "string" ? [item.content] : item.content?.map((part) => words(part)) };
  }
}

/** A text; the JSON of a widget in it as its value, since the order of its keys says nothing. */
function words(part: { text?: string }): unknown {
  const [, before, widget] = /^(The following graphical UI widget [^:]*:[^:]*:)(\{.*\})$/s.exec(part.text ?? "") ?? [];
  return widget === undefined ? (part.text ?? part) : [before, JSON.parse(widget)];
}

/** JSON as its value; what is no JSON as it is. */
function data(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value.startsWith(TOOL_FAILED) ? TOOL_FAILED : value; // the rest is each SDK's own
  }
}
const TOOL_FAILED = "An error occurred while";
