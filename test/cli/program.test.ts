import { describe, expect, test } from "bun:test";
import { runVerb } from "../../src/cli/program.ts";
import type { Actions } from "../../src/cli/verbs.ts";
import { ChatKitError } from "../../src/errors.ts";
import type { SchemaVersion } from "../../src/store/migrate.ts";

const CHECKED = { describe: "Serving agent.ts. Assistant: gpt-x.", models: [{ agent: "Assistant", model: "gpt-x" }], warnings: [] };

async function run(args: string[], actions: Partial<Actions> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const unwanted = (verb: string) => () => Promise.reject(new Error(`${verb} was not asked for`));
  const transfer = { saveHosted: unwanted("import openai --raw"), checkSaved: unwanted("import openai --check") };
  const conversations = unwanted("conversations");
  const starter = { init: unwanted("init"), recipes: unwanted("recipes") };
  const all: Actions = { checkAgent: async () => CHECKED, serve: unwanted("serve"), migrate: unwanted("migrate"), ...starter, ...transfer, conversations, ...actions };
  const code = await runVerb(args, all, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("usage", () => {
  test.each([[["--help"]], [["serve", "--help"]], [["migrate", "-h"]], [["help"]]])("%p goes to standard output with 0", async (args) => {
    const { code, out, err } = await run(args);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Usage: chatkit-server");
  });

  test("help lists every flag with its variable, and says what has none", async () => {
    const { out } = await run(["serve", "--help"]);
    for (const word of ["--database-url <url>", "[DATABASE_URL]", "--cors-origins", "OPENAI_API_KEY"]) expect(out).toContain(word);
    expect(out).not.toContain("--openai-api-key");
  });

  test.each([
    [["frobnicate"], "unknown verb 'frobnicate'"],
    [["--prot", "1"], "Did you mean --port?"],
    [["serve", "extra"], "too many arguments"],
    [["migrate", "sideways"], "Allowed choices are up, status"],
    [["--port"], "argument missing"],
  ])("%p is misuse: a hint on standard error, and 2", async (args, message) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).toContain("--help");
  });

  test("an option that a verb does not know points to that verb's help", async () => {
    expect((await run(["import", "openai", "--wat"])).err).toContain('Try "chatkit-server import openai --help"');
    expect((await run(["check", "--wat"])).err).toContain('Try "chatkit-server check --help"');
  });

  test("a wrong value is 2 and names the flag", async () => {
    const { code, err } = await run(["--port", "x"]);
    expect(code).toBe(2);
    expect(err).toContain("error: --port: expected a whole number");
  });
});

describe("serve", () => {
  test("is the default verb and gets its flags", async () => {
    let port: number | undefined;
    const serve: Actions["serve"] = async ({ config }) => {
      port = config.port;
      return true;
    };
    expect((await run(["--port", "1234"], { serve })).code).toBe(0);
    expect(port).toBe(1234);
    expect((await run(["serve", "--port=4321"], { serve })).code).toBe(0);
    expect(port).toBe(4321);
  });

  test("an unclean end is 4", async () => {
    expect((await run([], { serve: async () => false })).code).toBe(4);
  });

  test.each([
    [new ChatKitError("config_invalid", { message: "agent.ts:3: no" }), 2],
    [new ChatKitError("schema_newer"), 3],
    [new ChatKitError("schema_pending"), 3],
    [new ChatKitError("store_unavailable"), 1],
    [new Error("the port is taken"), 1],
  ])("%#: what keeps it from starting has an exit code of its own", async (thrown, code) => {
    const ended = await run([], { serve: () => Promise.reject(thrown) });
    expect(ended.code).toBe(code as typeof ended.code);
    expect(ended.err).toContain(`error: ${thrown.message}`);
  });
});

test("the operator is told the cause of what keeps it from starting, once", async () => {
  const told = async (init: { message: string; reason?: string; cause: Error }) => {
    return (await run([], { serve: () => Promise.reject(new ChatKitError("store_unavailable", init)) })).err;
  };
  const refused = new Error("no such role");
  expect(await told({ message: "No database.", reason: "login_refused", cause: refused })).toContain("error: No database: login_refused: no such role");
  const full = new ChatKitError("store_unavailable", { cause: refused });
  expect((await told({ message: "The file a.db cannot be used: no such role", cause: full })).split("\n")[0]).toBe("error: The file a.db cannot be used: no such role");
});

describe("other verbs", () => {
  test("version, as text and as JSON", async () => {
    expect((await run(["version"])).out).toMatch(/^chatkit-server \d+\.\d+\.\d+ \(source, Bun /);
    expect((await run(["--version"])).out).toMatch(/^chatkit-server \d/);
    expect(JSON.parse((await run(["version", "--json"])).out)).toMatchObject({ name: "chatkit-server", commit: "source" });
  });

  test("check shows values with their origin, as text and as JSON", async () => {
    const { code, out } = await run(["check", "--port", "0"]);
    expect(code).toBe(0);
    expect(out).toStartWith("configuration file: none\n");
    expect(out).toMatch(/^port\s+0\s+flag$/m);
    expect(out).toMatch(/^heartbeat\s+15s\s+default$/m);
    expect(out).toEndWith("\nServing agent.ts. Assistant: gpt-x.");
    const { options } = JSON.parse((await run(["check", "--port", "0", "--json"])).out) as { options: { option: string }[] };
    expect(options.find(({ option }) => option === "port")).toEqual({ option: "port", value: 0, origin: "flag", env: "PORT" } as {
      option: string;
    });
  });

  test("check tells every problem of the agent, with 2, and hides what may be a secret", async () => {
    const checkAgent = () => Promise.reject(new ChatKitError("config_invalid", { message: "agent.yaml:2: one.\nagent.yaml:3: https://u:planted@h" }));
    const { code, err } = await run(["check"], { checkAgent });
    expect([code, err]).toEqual([2, "error: agent.yaml:2: one.\nerror: agent.yaml:3: https://********@h"]);
    expect(JSON.parse((await run(["check", "--json"], { checkAgent })).out)).toMatchObject({ models: null, problems: [expect.any(String), expect.any(String)] });
    expect(JSON.parse((await run(["check", "--json"])).out)).toMatchObject({ models: CHECKED.models, problems: [] });
  });

  test("migrate status is 3 as long as something is not applied", async () => {
    const row = (state: SchemaVersion["state"]): SchemaVersion => ({ version: 1, name: "0001_threads", state, breaking: false });
    const status = (state: SchemaVersion["state"]) => run(["migrate", "status"], { migrate: async () => [row(state)] });
    expect(await status("applied")).toMatchObject({ code: 0, out: "0001_threads  applied" });
    expect(await status("pending")).toMatchObject({ code: 3, out: "0001_threads  pending" });
  });

  test("init says what it wrote, what it left alone and what comes next", async () => {
    const init: Actions["init"] = async () => ({
      created: ["x/agent.ts"],
      kept: ["x/package.json"],
      editor: { types: "x/.types", install: "npm install" },
      command: "chatkit-server --agent agent.ts --watch",
    });
    const { code, out } = await run(["init", "x"], { init });
    expect([code, out.split("\n")]).toEqual([
      0,
      [
        "wrote x/agent.ts",
        "left as it is: x/package.json",
        expect.stringContaining("wrote x/.types: the types of chatkit-server"),
        "next: cd x; npm install (for the editor); chatkit-server --agent agent.ts --watch",
      ],
    ]);
  });

  describe("init with recipes", () => {
    const recipe = (name: string) => ({ name, title: `What ${name} shows`, about: "", command: `serve ${name}`, files: { [`${name}.yaml`]: "" } });
    const recipes = async () => [recipe("widget"), recipe("no-code")];

    test("lists them, as text and as JSON", async () => {
      expect((await run(["init", "--list"], { recipes })).out.split("\n")).toEqual(["widget   What widget shows", "no-code  What no-code shows"]);
      const { out } = await run(["init", "--list", "--json"], { recipes });
      expect(JSON.parse(out)).toMatchObject([{ name: "widget", files: ["widget.yaml"] }, { name: "no-code" }]);
    });

    test("writes the one that is named, and tells how it is served", async () => {
      const init: Actions["init"] = async (folder, recipe) => ({ created: [`${folder}/${recipe?.name}`], kept: [], command: recipe!.command });
      const { code, out } = await run(["init", "--recipe", "no-code", "x"], { recipes, init });
      expect([code, out]).toEqual([0, "wrote x/no-code\nnext: cd x; serve no-code"]);
    });

    test.each(["nope", "Widget", "widget.yaml", "../widget", "__proto__", ""])("a name that none has, %p, is 2 and shows those there are", async (name) => {
      const { code, out, err } = await run(["init", "--recipe", name], { recipes });
      expect([code, out]).toEqual([2, ""]);
      expect(err).toStartWith(`error: there is no recipe '${name}'; the recipes are\nwidget   What widget shows\nno-code`);
    });
  });

  test("health is 0 for a server that is ready and 1 for any other", async () => {
    let status = 200;
    using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(null, { status }) });
    const port = String(server.port);
    expect(await run(["health", "--port", port])).toMatchObject({ code: 0, out: `ready: http://127.0.0.1:${port}` });
    status = 503;
    expect(await run(["health", "--port", port])).toMatchObject({ code: 1, err: `not ready: http://127.0.0.1:${port}: HTTP 503` });
    await server.stop(true);
    expect((await run(["health", "--port", port, "--json"])).out).toContain('"ready":false');
  });
});
