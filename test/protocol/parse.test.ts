import { describe, expect, test } from "bun:test";
import { ChatKitError } from "../../src/errors.ts";
import { parseRequest } from "../../src/protocol/parse.ts";
import type { ParamsOf } from "../../src/protocol/requests.ts";

const refused = async (body: string | Uint8Array, maxBodyBytes?: number): Promise<ChatKitError> => {
  try {
    await parseRequest(body, maxBodyBytes === undefined ? {} : { maxBodyBytes });
  } catch (error) {
    if (error instanceof ChatKitError) return error;
    throw error;
  }
  throw new Error("was not refused");
};
const list = (params: object) => JSON.stringify({ type: "threads.list", params });
const listed = async (params: object) => (await parseRequest(list(params))).params as ParamsOf<"threads.list">;
const create = (input: object) => JSON.stringify({ type: "threads.create", params: { input } });

describe("the only door in", () => {
  test("takes the captured body of a real client", async () => {
    const body = `{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"Hi there"}],"quoted_text":"","attachments":[],"inference_options":{}}}}`;
    expect(await parseRequest(new TextEncoder().encode(body))).toEqual({
      type: "threads.create",
      params: { input: { content: [{ type: "input_text", text: "Hi there" }], quoted_text: "", attachments: [], inference_options: {} } },
      metadata: {},
    });
  });

  test("drops surplus keys and takes null where clients send it for nothing", async () => {
    const action = { thread_id: "t", item_id: null, action: { type: "x", payload: { keep: null } }, surplus: 1 };
    const asked = await parseRequest(JSON.stringify({ type: "threads.custom_action", params: action, extra: true }));
    expect(asked.params).toEqual({ thread_id: "t", item_id: undefined, action: { type: "x", payload: { keep: null } } });
    expect((await parseRequest(create({ content: [], attachments: [], inference_options: null }))).params).toMatchObject({ input: { inference_options: {} } });
  });

  test("clamps limits and never refuses a large one", async () => {
    const limits = (given: unknown[]) => Promise.all(given.map(async (limit) => (await listed({ limit })).limit));
    expect(await limits([9999, 0, null, -3, "5", "5.0", 7])).toEqual([1000, 20, 20, 1, 5, 5, 7]);
    expect(await limits([2 ** 63, -(2 ** 63), 1e308])).toEqual([1000, 1, 1000]);
    expect(await listed({})).toEqual({ limit: 20, order: "desc" });
  });

  test("names the path of what does not fit", async () => {
    expect((await refused(list({ limit: 1.5 }))).message).toStartWith("params.limit: ");
    expect((await refused(list({ order: "up" }))).message).toStartWith("params.order: ");
    expect((await refused(create({ attachments: [], inference_options: {} }))).message).toStartWith("params.input.content: ");
    const unknownPart = create({ content: [{ type: "input_image" }], attachments: [], inference_options: {} });
    expect((await refused(unknownPart)).message).toStartWith("params.input.content[0].type: ");
    expect((await refused(create({ content: [], attachments: [], inference_options: { model: 5 } }))).message).toStartWith("params.input.inference_options.model: ");
  });

  test("names the path of what no store could keep and of what would pollute", async () => {
    const lone = "\ud800";
    const part = (text: string) => create({ content: [{ type: "input_text", text: "fine" }, { type: "input_text", text }], attachments: [] });
    expect((await refused(part(lone))).message).toStartWith("params.input.content[1].text: ");
    expect((await refused(list({ [lone]: 1 }))).message).toStartWith("params: ");
    expect((await refused('{"type":"threads.list","params":{},"metadata":{"a":[{"__proto__":1}]}}')).message).toStartWith("metadata.a[0]: ");
    expect((await refused('{"__proto__":1}')).message).toBe("The key __proto__ is not allowed.");
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect((await refused(`{"type":"threads.list","params":{"deep":${deep},"after":"\\ud800"}}`)).message).toStartWith("params.after: ");
  });

  test("answers an unknown or missing type as an unknown operation", async () => {
    for (const body of ['{"type":"threads.nope","params":{}}', '{"params":{}}', '{"type":1}', '{"type":"toString"}']) {
      expect(await refused(body)).toMatchObject({ code: "unknown_operation", status: 400 });
    }
  });

  test("refuses what is not JSON or not text", async () => {
    const bytes = (hex: string) => Uint8Array.fromHex(hex);
    for (const body of ["", "   ", "{not json", '{"type":"threads.list","params":{}} x', bytes("7b2274797065223a22ff227d"), bytes("efbbbf7b7d")]) {
      expect(await refused(body)).toMatchObject({ code: "invalid_json", status: 400 });
    }
    expect((await refused('{"type":"threads.get_by_id","params":{"thread_id":"\\ud800"}}')).code).toBe("invalid_request");
    for (const body of ["[]", "null", '"x"', "1"]) expect((await refused(body)).code).toBe("invalid_request");
  });

  test("refuses a body over the limit before reading it, counted in bytes", async () => {
    expect(await refused(" ".repeat(1024 * 1024 + 1))).toMatchObject({ code: "body_too_large", status: 413 });
    expect((await refused('"ééé"', 7)).code).toBe("body_too_large");
  });

  test("survives 100,000 levels of nesting (CWE-674)", async () => {
    for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
      const deep = `{"type":"threads.list","params":{},"metadata":{"a":${open.repeat(100_000)}1${close.repeat(100_000)}}}`;
      expect((await refused(deep)).status).toBe(400);
    }
  });

  test("refuses __proto__ in every object position and pollutes nothing (CWE-1321)", async () => {
    const polluted = '{"__proto__":{"polluted":1}}';
    const bodies = [
      `{"type":"threads.list","params":${polluted}}`,
      `{"type":"threads.list","params":{},"metadata":${polluted}}`,
      `{"type":"threads.custom_action","params":{"thread_id":"t","action":{"type":"x","payload":[${polluted}]}}}`,
      `{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"answers":${polluted}}}}`,
    ];
    for (const body of bodies) expect((await refused(body)).code).toBe("invalid_request");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("keeps a key named constructor as plain data", async () => {
    const asked = await parseRequest(list({}).replace("}}", '},"metadata":{"constructor":{"prototype":{"x":1}}}}'));
    expect(asked.metadata).toEqual({ constructor: { prototype: { x: 1 } } } as never);
  });

  test("a list or map that is expected has at most a thousand entries", async () => {
    const many = (count: number, entry: string | ((i: number) => string)) => Array.from({ length: count }, (_, i) => (typeof entry === "string" ? entry : entry(i))).join();
    const bodies = (count: number) => ({
      "params.input.content": create({}).replace("{}", `{"content":[${many(count, '{"type":"input_text","text":"x"}')}],"attachments":[],"inference_options":{}}`),
      "params.input.attachments": create({}).replace("{}", `{"content":[],"attachments":[${many(count, '"a"')}],"inference_options":{}}`),
      "params.item_ids": `{"type":"items.feedback","params":{"thread_id":"t","kind":"positive","item_ids":[${many(count, '"i"')}]}}`,
      "params.input.answers": `{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"answers":{${many(count, (i) => `"${i}":{}`)}}}}}`,
      "params.input.answers.q.values": `{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"answers":{"q":{"values":[${many(count, '"v"')}]}}}}}`,
    });
    for (const body of Object.values(bodies(1000))) await parseRequest(body);
    for (const [path, body] of Object.entries(bodies(1001))) expect((await refused(body)).message).toStartWith(`${path}: Too big`);
  });

  test("free-form data may hold as much as fits into a body", async () => {
    const table = `[${"1,".repeat(500_000)}1]`;
    const map = `{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":1`).join()}}`;
    const output = await parseRequest(`{"type":"threads.add_client_tool_output","params":{"thread_id":"t","result":${table}}}`);
    expect((output.params as { result: number[] }).result).toHaveLength(500_001);
    const clicked = await parseRequest(`{"type":"threads.custom_action","params":{"thread_id":"t","action":{"type":"x","payload":${map}}}}`);
    expect(Object.keys((clicked.params as ParamsOf<"threads.custom_action">).action.payload as object)).toHaveLength(80_000);
    const tagged = await parseRequest(create({}).replace("{}", `{"content":[{"type":"input_tag","id":"a","text":"b","data":${map}}],"attachments":[],"inference_options":{}}`));
    expect(JSON.stringify(tagged.params).includes(map)).toBe(true);
    for (const surplus of [`{"type":"threads.list","params":{"surplus":${table}}}`, `{"type":"threads.list","params":{},"surplus":${map}}`]) {
      expect(await parseRequest(surplus)).toEqual({ type: "threads.list", params: { limit: 20, order: "desc" }, metadata: {} });
    }
  });

  test("a tag may leave out its data, and data and interactive may be null", async () => {
    const tag = { type: "input_tag", id: "a", text: "b" };
    for (const sent of [tag, { ...tag, data: null, interactive: null, group: null }]) {
      const input = { content: [sent], attachments: [], inference_options: {} };
      const { params } = (await parseRequest(JSON.stringify({ type: "threads.create", params: { input } }))) as { params: ParamsOf<"threads.create"> };
      expect(params.input.content).toEqual([{ ...tag, data: {}, interactive: false } as never]);
    }
  });

  test("a title has at most 512 characters, as a person counts them", async () => {
    const update = (title: string) => JSON.stringify({ type: "threads.update", params: { thread_id: "t", title } });
    for (const title of ["x".repeat(512), "😀".repeat(512)]) expect((await parseRequest(update(title))).params).toMatchObject({ title });
    expect(await refused(update("x".repeat(513)))).toMatchObject({ status: 400, message: expect.stringMatching(/^params\.title: .*512/) as string });
  });

  test("a large body is read in steps, between which others have their turn, and large ones one after another", async () => {
    const body = `{"type":"threads.add_client_tool_output","params":{"thread_id":"t","result":[${'{"a":1},'.repeat(100_000)}1]}}`;
    let turns = 0;
    let isOver = false;
    const count = () => void (isOver || (turns++, setImmediate(count)));
    setImmediate(count);
    const order: string[] = [];
    const [first] = await Promise.all([
      Promise.resolve(parseRequest(body)).then((asked) => (order.push("first"), asked)),
      Promise.resolve(parseRequest(`${body}x`)).catch(({ code }: ChatKitError) => order.push(code)),
      Promise.resolve(parseRequest(body.replace('{"a":1}', '{"a":2}'))).then(() => order.push("third")),
    ]);
    isOver = true;
    expect(turns).toBeGreaterThan(2);
    expect(order).toEqual(["first", "invalid_json", "third"]);
    expect(first).toMatchObject(JSON.parse(body) as object);
  });
});
