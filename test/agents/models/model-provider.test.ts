import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Agent, OpenAIProvider, run, Runner } from "@openai/agents";
import { answeringRunner, configureModels } from "../../../src/agents/models/model-provider.ts";
import { ResponsesServer } from "../../support/responses-server.ts";

const KEY = "sk-planted-secret-0123456789";
let server: ResponsesServer;
beforeAll(() => void (server = new ResponsesServer()));
beforeEach(() => void (server.requests.length = 0));
// What comes after in this process gets the demo model again.
afterAll(async () => {
  configureModels({});
  await server.stop();
});

const agent = () => new Agent({ name: "A", instructions: "Be brief." });
const bodyOf = (index = 0) => server.requests[index]?.body as Record<string, unknown>;

describe("configured models", () => {
  test("serve an agent without a model under a Runner that somebody else made", async () => {
    configureModels({ apiKey: KEY, baseURL: server.url, model: "My/Model-7B" });
    const result = await new Runner().run(agent(), "hi");
    expect(result.finalOutput).toBe("Generated title");
    expect(server.requests[0]?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect(bodyOf()["model"]).toBe("My/Model-7B");
  });

  test("are those of the SDK's own run, too, when they were configured anew since its first call", async () => {
    configureModels({});
    expect((await run(agent(), "hi")).finalOutput).toContain("demo model");
    configureModels({ apiKey: KEY, baseURL: server.url, model: "llama" });
    expect((await run(agent(), "hi")).finalOutput).toBe("Generated title");
  });

  test("do not send another model the settings of the SDK's default one", async () => {
    configureModels({ apiKey: KEY, baseURL: server.url, model: "llama" });
    await new Runner().run(agent(), "hi");
    expect(bodyOf()).not.toHaveProperty("reasoning.effort");
    expect(bodyOf()).not.toHaveProperty("text.verbosity");
  });

  test("keep the settings that an agent asks for", async () => {
    configureModels({ apiKey: KEY, baseURL: server.url, model: "llama" });
    await new Runner().run(new Agent({ name: "A", modelSettings: { reasoning: { effort: "high" }, temperature: 0.1 } }), "hi");
    expect(bodyOf()).toMatchObject({ reasoning: { effort: "high" }, temperature: 0.1 });
  });

  test("leave an agent's own model alone", async () => {
    configureModels({ apiKey: KEY, baseURL: server.url, model: "llama" });
    await new Runner().run(new Agent({ name: "A", model: "gpt-4.1" }), "hi");
    expect(bodyOf()["model"]).toBe("gpt-4.1");
  });

  test("tell text twice to a runner of somebody's own, as the SDK does, and once to the one that only answers chats", async () => {
    configureModels({ apiKey: KEY, baseURL: server.url, model: "gpt-4.1-mini" });
    const deltas = async (runner: Runner, model?: string) => {
      const run = await runner.run(model ? agent().clone({ model }) : agent(), "hi", { stream: true });
      const told = { own: "", models: "" };
      for await (const event of run) {
        if (event.type !== "raw_model_stream_event") continue;
        if (event.data.type === "output_text_delta") told.own += event.data.delta;
        if (event.data.type === "model" && event.data.event.type === "response.output_text.delta") told.models += event.data.event.delta;
      }
      return told;
    };
    const twice = await deltas(new Runner());
    expect(twice.own).not.toBe("");
    expect(twice.models).toBe(twice.own);
    for (const model of [undefined, "gpt-4.1"]) expect(await deltas(answeringRunner(), model)).toEqual({ own: twice.own, models: "" });
  });

  test("speak Chat Completions where asked to, also by a provider that somebody else made", async () => {
    configureModels({ apiKey: KEY, baseURL: server.url, model: "llama", api: "chat_completions" });
    await new Runner().run(agent(), "hi");
    await new Runner({ modelProvider: new OpenAIProvider() }).run(agent(), "hi");
    expect(server.requests.map((request) => request.path)).toEqual(["/v1/chat/completions", "/v1/chat/completions"]);
  });

  test("without a key or an address it is the demo model, which says how to get another", async () => {
    const { describe: line } = configureModels({});
    expect(line).toBe("The demo model answers: offline and scripted. Set OPENAI_API_KEY for a real one.");
    expect((await new Runner().run(agent(), "hi")).finalOutput).toContain("demo model");
  });

  test("without a key a model of an agent's own is an error, not a demo in disguise", async () => {
    configureModels({});
    const run = new Runner().run(new Agent({ name: "A", model: "gpt-4.1" }), "hi");
    const cause = { message: expect.stringContaining("OPENAI_API_KEY is not set") };
    await expect(run).rejects.toMatchObject({ code: "model_unavailable", cause });
  });

  test("an address without a key is a model server that wants none", async () => {
    configureModels({ baseURL: server.url, model: "llama" });
    expect((await new Runner().run(agent(), "hi")).finalOutput).toBe("Generated title");
  });

  test("say where they are without a secret", () => {
    const baseURL = "https://user:pw-secret@models.example/v1?key=k-secret";
    const lines = [
      configureModels({ apiKey: KEY, model: "gpt-x" }).describe,
      configureModels({ apiKey: KEY, baseURL, model: "llama", api: "chat_completions" }).describe,
      configureModels({ apiKey: KEY, model: "demo" }).describe,
    ];
    expect(lines).toEqual([
      "Model gpt-x at OpenAI, Responses API.",
      "Model llama at https://models.example, Chat Completions API.",
      "The demo model answers: offline and scripted.",
    ]);
  });

  test("a server that quotes the key in its refusal does not get it into the error (CWE-532)", async () => {
    const echoing = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => Response.json({ error: { message: `Bad key: ${request.headers.get("authorization")}` } }, { status: 401 }),
    });
    try {
      configureModels({ apiKey: KEY, baseURL: `http://127.0.0.1:${echoing.port}/v1` });
      const error = await new Runner().run(agent(), "hi").then(() => undefined, (thrown: unknown) => thrown);
      expect(Bun.inspect(error)).toContain("Bad key: Bearer [redacted]");
      expect(Bun.inspect(error)).not.toContain(KEY);
    } finally {
      await echoing.stop(true);
    }
  });

  test("a server that quotes the conversation in its refusal does not get it into the error (CWE-532)", async () => {
    const entry = { type: "extra_forbidden", loc: ["body", "messages", 0], msg: "Extra inputs are not permitted", input: "my secret" };
    const refusals: [object, string][] = [
      [{ detail: [entry] }, "body.messages.0: Extra inputs are not permitted"],
      [{ error: { message: [entry] } }, "body.messages.0: Extra inputs are not permitted"],
      [{ object: "error", message: `[{'loc': ('body', 'x'), 'msg': 'Not permitted', 'input': 'my secret'}]` }, "'msg': 'Not permitted' …"],
      [{ message: "1 validation error\nmessages.0 [type=x, input_value={'content': 'my secret'}, input_type=dict]" }, "[type=x …"],
    ];
    for (const [body, words] of refusals) {
      const quoting = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json(body, { status: 422 }) });
      try {
        configureModels({ apiKey: KEY, baseURL: `http://127.0.0.1:${quoting.port}/v1` });
        const error = await new Runner().run(agent(), "my secret").then(() => undefined, (thrown: unknown) => thrown);
        expect((error as Error).message).toContain(words);
        expect((error as Error).message).not.toContain("my secret");
      } finally {
        await quoting.stop(true);
      }
    }
  });

  test("a server that quotes the conversation in words of its own does not get it into the error (CWE-532)", async () => {
    const secret = "My PIN is 4711-08, and my mother's name is Ada.";
    const short = "PIN 4711-08?";
    const quoting = (answer: (said: string) => Response) => async (request: Request) => {
      const { input } = (await request.json()) as { input: { content: string }[] };
      return answer(input.at(-1)!.content);
    };
    const event = (data: object) => new Response(`data: ${JSON.stringify(data)}\n\n`, { headers: { "content-type": "text/event-stream" } });
    const answers: ((said: string) => Response)[] = [
      (said) => Response.json({ error: { message: `I cannot read: ${said} (at 0)` } }, { status: 400 }),
      (said) => Response.json({ error: { message: `I cannot read: ${said.slice(3, 40)}` } }, { status: 500 }),
      (said) => new Response(`I cannot read: ${JSON.stringify({ said })}`, { status: 400 }),
      (said) => event({ type: "error", message: `I cannot read: ${said}`, code: "odd" }),
    ];
    for (const [said, answer] of [secret, short].flatMap((text) => answers.map((one) => [text, one] as const))) {
      if (said === short && answer === answers[1]) continue;
      const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: quoting(answer) });
      try {
        configureModels({ apiKey: KEY, baseURL: `http://127.0.0.1:${server.port}/v1`, maxRetries: 0 });
        for (const stream of [false, true]) {
          const run = async () => {
            if (!stream) return new Runner().run(agent(), said);
            const streamed = await new Runner().run(agent(), said, { stream });
            await streamed.completed;
            return streamed;
          };
          const error = await run().then(() => undefined, (thrown: unknown) => thrown);
          expect(Bun.inspect(error, { depth: 9 })).toContain("I cannot read:");
          expect(Bun.inspect(error, { depth: 9 })).not.toContain("4711-08");
        }
      } finally {
        await server.stop(true);
      }
    }
  });

  test("ask again after a server error, as often as configured", async () => {
    let calls = 0;
    const down = () => {
      calls++;
      return Response.json({ error: { message: "down" } }, { status: 500 });
    };
    const flaky = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: down });
    try {
      configureModels({ apiKey: KEY, baseURL: `http://127.0.0.1:${flaky.port}/v1`, maxRetries: 1 });
      await expect(new Runner().run(agent(), "hi")).rejects.toThrow("down");
      expect(calls).toBe(2);
    } finally {
      await flaky.stop(true);
    }
  });
});
