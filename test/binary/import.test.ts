import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary, emptyFolder, runBinary, spawnBinary } from "../support/binary.ts";
import { until } from "../support/until.ts";
import { HostedServer, KEY } from "../transfer/hosted-server.ts";
import { makeProject } from "../transfer/project.ts";
import { differences } from "../transfer/saved-folder.ts";

setDefaultTimeout(60_000);

let server: HostedServer;
let env: Record<string, string>;
beforeAll(async () => {
  await binary();
  server = await new HostedServer(makeProject({ threads: 60, long: 150 })).listen();
  env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl };
});
afterAll(() => server[Symbol.asyncDispose]());

const save = (folder: string, ...more: string[]) => ["import", "openai", "--raw", folder, ...more];

describe("import openai", () => {
  test("saves a project beside a configuration that is broken, of which it needs nothing", async () => {
    await using place = await emptyFolder();
    writeFileSync(join(place.path, "chatkit.yaml"), "port: [broken\nauth: nonsense");
    const { code, stdout, stderr } = await runBinary(save("saved"), { cwd: place.path, env: { ...env, PORT: "nonsense" } });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("saved in saved: all is there");
    expect(differences(join(place.path, "saved"), server.threads)).toEqual([]);
    const check = await runBinary(["import", "openai", "--check", "saved"], { cwd: place.path });
    expect([check.code, check.stdout.split("\n")[0]]).toEqual([0, "saved is whole"]);
  });

  test("reports at length to a reader who takes his time", async () => {
    await using place = await emptyFolder();
    await using large = await new HostedServer().listen();
    // Threads that cannot be asked for are missing, each with its line in the report.
    large.threads = Array.from({ length: 1500 }, (_, i) => ({ id: `${i}`, user: null, createdAt: null, json: `{"id":null,"n":${i}}`, items: [] }));
    const args = save(join(place.path, "saved"), "--json");
    const environment = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: large.baseUrl };
    const piped = Bun.spawn(["bash", "-c", '"$@" | (sleep 0.5; cat)', "-", await binary(), ...args], { env: environment, stdout: "pipe" });
    const report = JSON.parse(await new Response(piped.stdout).text()) as { missing: unknown[]; manifest: { missing: number } };
    expect([report.missing.length, report.manifest.missing]).toEqual([1000, 1500]);
  });

  test("with a wrong key is 2 and one line, without the key", async () => {
    await using place = await emptyFolder();
    const { code, stdout, stderr } = await runBinary(save("saved"), { cwd: place.path, env: { ...env, OPENAI_API_KEY: "sk-mistyped" } });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `error: the key in OPENAI_API_KEY is not accepted by ${server.baseUrl} (HTTP 401: Incorrect API key provided: ***.)\n`,
    );
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends at %s with a folder that the next run goes on with", async (signal) => {
    await using place = await emptyFolder();
    const folder = join(place.path, "saved");
    const reads = server.count("/items");
    server.instead = (path) => path.endsWith("/items") && server.count("/items") > reads + 30;
    const child = await spawnBinary(save(folder), { env });
    await until(async () => (server.count("/items") > reads + 30 ? true : undefined), 30_000);
    child.kill(signal);
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([
      1,
      `error: stopped; run the same command again to go on with ${folder}\n`,
    ]);
    expect(existsSync(join(folder, "manifest.json"))).toBe(false);
    server.instead = () => false;
    expect((await runBinary(save(folder), { env })).code).toBe(0);
    expect(differences(folder, server.threads)).toEqual([]);
  });

  test("on a disk that is full is one line, and goes on when there is room", async () => {
    await using place = await emptyFolder();
    await using large = await new HostedServer(makeProject({ threads: 3 })).listen();
    const text = "x".repeat(100_000);
    large.threads[1]!.items = Array.from({ length: 40 }, (_, i) => ({
      id: `i${i}`,
      json: `{"id":"i${i}","thread_id":"cthr_0000001","text":"${text}"}`,
    }));
    const folder = join(place.path, "saved");
    const environment = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: large.baseUrl };
    // No file may grow beyond a megabyte: what it is to write fails there, as it does at the end of a disk.
    const limited = Bun.spawn(["bash", "-c", 'ulimit -f 1024; exec "$@"', "-", await binary(), ...save(folder)], {
      env: environment,
      stderr: "pipe",
    });
    expect([await limited.exited, await new Response(limited.stderr).text()]).toEqual([
      1,
      `error: the disk that holds ${folder} is full: make room and run the same command again, it goes on from there\n`,
    ]);
    expect((await runBinary(["import", "openai", "--check", folder])).code).toBe(1);
    expect((await runBinary(save(folder), { env: environment })).code).toBe(0);
    expect(differences(folder, large.threads)).toEqual([]);
  });
});
