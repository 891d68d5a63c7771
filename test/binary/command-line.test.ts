import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { binary, emptyFolder, runBinary, startBinary } from "../support/binary.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

describe("the compiled program", () => {
  test("tells its version and help on standard output", async () => {
    const version = await runBinary(["version"]);
    expect([version.code, version.stderr]).toEqual([0, ""]);
    expect(version.stdout).toMatch(/^chatkit-server \d+\.\d+\.\d+ \([0-9a-f]{12}, Bun \d/);
    const help = await runBinary(["--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toContain("Usage: chatkit-server");
  });

  test.each([
    ["an unknown verb", ["frobnicate"], {}],
    ["an unknown flag", ["--prot", "80"], {}],
    ["a wrong value", ["--port", "x"], {}],
    ["a wrong variable", ["check"], { LOG_LEVEL: "loud" }],
    ["a missing agent", ["--port", "0", "--agent", "absent.ts", "--database-url", "memory:"], {}],
    ["a missing configuration file", ["check", "--config", "absent.yaml"], {}],
    ["a public address without identity", ["--host", "0.0.0.0", "--port", "0"], {}],
  ])("%s is misuse: 2, and a hint on standard error", async (_, args, env) => {
    const { code, stdout, stderr } = await runBinary(args, { env: env as Record<string, string> });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain("Try ");
  });

  test("serves from an empty folder with no configuration, and says where", async () => {
    await using folder = await emptyFolder();
    await using program = await startBinary([], { cwd: folder.path });
    expect(program.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(program.output.stdout).toContain("demo model");
    expect(await (await fetch(`${program.url}/readyz`)).json()).toEqual({ status: "ok" });
    expect(existsSync(join(folder.path, "data/chatkit.db"))).toBe(true);
    const health = await runBinary(["health", "--url", program.url]);
    expect([health.code, health.stdout]).toEqual([0, `ready: ${program.url}\n`]);
  });

  test("reads chatkit.yaml in its working directory, under the environment and flags", async () => {
    await using folder = await emptyFolder();
    const path = join(folder.path, "chatkit.yaml");
    await Bun.write(path, 'database_url: "memory:"\nmodel: from-file\nlog_level: warn\n');
    await chmod(path, 0o644);
    const { stdout } = await runBinary(["check", "--json", "--model", "from-flag"], { cwd: folder.path, env: { LOG_LEVEL: "error" } });
    const { file, options } = JSON.parse(stdout) as { file: string; options: { option: string; value: unknown; origin: string }[] };
    const shown = Object.fromEntries(options.map(({ option, value, origin }) => [option, [value, origin]]));
    expect(file).toBe("chatkit.yaml");
    expect((await runBinary(["check"], { cwd: folder.path })).stdout).toStartWith(`configuration file: ${path}\n`);
    expect(shown).toMatchObject({ model: ["from-flag", "flag"], log_level: ["error", "environment"], database_url: ["memory:", "file"] });
  });

  test("logs lines of JSON, or for a person to read", async () => {
    const lines = async (env: Record<string, string>) => {
      await using program = await startBinary(["--database-url", "memory:"], { env });
      await program.ask("threads.list", {});
      await program.end("SIGTERM");
      return program.output.stderr.trimEnd().split("\n");
    };
    const request = (await lines({})).map((line) => JSON.parse(line) as { msg: string }).find(({ msg }) => msg === "request");
    expect(request).toMatchObject({ level: "info", op: "threads.list", status: 200 });
    expect((await lines({ LOG_FORMAT: "pretty" })).find((line) => line.includes(" request "))).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO  request \{"op":"threads.list"/,
    );
    expect((await lines({ LOG_LEVEL: "error" })).join("")).toBe("");
  });

  test("shows no secret in check, help or errors", async () => {
    const env = { OPENAI_API_KEY: "sk-planted", DATABASE_URL: "postgres://u:planted@127.0.0.1:1/x", PORT: "x" };
    const outputs = await Promise.all([["check"], ["check", "--json"], ["--help"], ["serve"]].map((args) => runBinary(args, { env })));
    const { PORT: _, ...valid } = env;
    outputs.push(await runBinary(["check"], { env: valid }), await runBinary(["check", "--json"], { env: valid }));
    expect(outputs.map(({ code }) => code)).toEqual([2, 2, 0, 2, 0, 0]);
    expect(JSON.stringify(outputs)).not.toContain("planted");
  });

  test("refuses a port that is taken, with 1, and does not share it", async () => {
    await using program = await startBinary(["--database-url", "memory:"]);
    const { code, stderr } = await runBinary(["--port", new URL(program.url).port, "--database-url", "memory:"]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot listen");
  });

  test("migrates, and shows where the schema stands with 3 until then", async () => {
    await using folder = await emptyFolder();
    const migrate = (...args: string[]) => runBinary(["migrate", ...args], { cwd: folder.path });
    expect((await migrate("status")).code).toBe(3);
    expect((await migrate()).code).toBe(0);
    const status = await migrate("status", "--json");
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout)[0]).toMatchObject({ version: 1, state: "applied" });
  });
});
