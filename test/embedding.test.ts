import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { AgentServer, createApp, MemoryStore, RequestContexts, trustedHeader, type Ports, type RequestContext } from "../src/index.ts";
import { assistant } from "./support/agent-turn.ts";
import { recordingLogger, userInput } from "./support/chat.ts";

/** The examples of a server of one's own that the README names. */
const EXAMPLES = [
  { name: "a bare Bun.serve", file: "bun.ts", path: "/" },
  { name: "a Hono app", file: "hono.ts", path: "/api/chatkit" },
];

describe("process() under another HTTP server", () => {
  for (const { name, file, path } of EXAMPLES) {
    test(`${name} streams an answer, reads it back and refuses a bad body`, async () => {
      const argv = [...Bun.argv];
      Bun.argv[2] = "0";
      const { default: server } = (await import(join(import.meta.dir, "fixtures/embedding", file))) as { default: Bun.Server<undefined> };
      Bun.argv.splice(0, Bun.argv.length, ...argv);
      const post = (body: unknown) => fetch(new URL(path, server.url), { method: "POST", body: JSON.stringify(body) });
      try {
        const streamed = await post({ type: "threads.create", params: { input: userInput("hi") } });
        expect(streamed.headers.get("content-type")).toBe("text/event-stream");
        const text = await streamed.text();
        expect(text).toStartWith(": ok\ndata: ");
        expect(text).toEndWith("\n\n");
        const { id } = (JSON.parse(text.split("data: ")[1]!) as { thread: { id: string } }).thread;
        const thread = (await (await post({ type: "threads.get_by_id", params: { thread_id: id } })).json()) as { items: { data: unknown[] } };
        expect(thread.items.data).toHaveLength(2);
        const refused = await post({ type: "nope" });
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({ error: { code: "unknown_operation" } });
      } finally {
        await server.stop(true);
      }
    });

    test(`${name} is named in the README as it is tested here`, async () => {
      const readme = await Bun.file(join(import.meta.dir, "../README.md")).text();
      expect(readme).toContain(`(test/fixtures/embedding/${file})`);
    });
  }

  test("the README's lines are those of the first example", async () => {
    const readme = await Bun.file(join(import.meta.dir, "../README.md")).text();
    const code = await Bun.file(join(import.meta.dir, "fixtures/embedding/bun.ts")).text();
    const [, heart = ""] = /The heart of both:\n```ts\n(.*?)```/s.exec(readme) ?? [];
    const lines = heart.trim().split("\n");
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(code).toContain(line.replace(/ \/\/.*/, ""));
  });
});

describe("createApp", () => {
  type Planned = RequestContext & { plan: string };

  test("takes who asks and what contexts hold from its embedder", async () => {
    const logger = recordingLogger();
    const contexts = new RequestContexts<Planned>(logger, (request, base) => ({ ...base, plan: request.headers.get("x-plan") ?? "free" }));
    const store = new MemoryStore<Planned>();
    const requestContext = (request: Request) => contexts.of(request);
    const ports: Ports<Planned> = { store, logger, publicUrl: "http://127.0.0.1", requestContext, server: () => server };
    const server: AgentServer<Planned> = new AgentServer(ports, { agent: assistant() });
    const app = createApp(server, { contexts, authenticate: trustedHeader({ header: "X-Ada" }), inProcess: true });
    app.get("/plan", async (c) => {
      const { userId, plan } = await ports.requestContext(c.req.raw);
      return c.json({ userId, plan });
    });
    const headers = { "x-ada": "ada", "x-plan": "gold" };
    expect(await (await app.request("/plan", { headers })).json()).toEqual({ userId: "ada", plan: "gold" });
    expect((await app.request("/plan", { headers: { "x-user-id": "ada" } })).status).toBe(401);
  });
});
