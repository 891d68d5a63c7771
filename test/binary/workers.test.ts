import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Page, ThreadMetadata } from "../../src/protocol/thread.ts";
import { stoppedWorker } from "../chaos/scenarios/stopped-worker.ts";
import { say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, runBinary, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { isRunning } from "../support/is-running.ts";
import { newDatabase } from "../support/postgres.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

/** Every number in the log, with the process behind it. */
const workersOf = async ({ child }: Program) => {
  const children = await Bun.file(`/proc/${child.pid}/task/${child.pid}/children`).text();
  return children.trim().split(" ").filter(Boolean).map(Number);
};

/** A connection of its own for each request: the kernel chooses the worker when it connects. */
const list = (program: Program) => program.post({ type: "threads.list", params: {} }, { headers: { connection: "close" } });

const words = (count: number, delay: number) => userInput(say({ turns: [[{ text: "word ".repeat(count).trim() }]], delay }));

async function serving(workers: number, body: (program: Program, model: ResponsesServer) => Promise<void>, args: string[] = []) {
  const model = new ResponsesServer();
  await using folder = await emptyFolder();
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  try {
    await using program = await startBinary(["--workers", String(workers), ...args], { cwd: folder.path, env });
    await body(program, model);
  } finally {
    await model.stop();
  }
}

describe("with --workers", () => {
  test("several processes share one address and one SQLite file, and say who they are in the log", () =>
    serving(3, async (program) => {
      expect(program.output.stdout.match(/listens on/g)).toHaveLength(1);
      await Promise.all(Array.from({ length: 12 }, () => program.events("threads.create", { input: userInput("Hi") })));
      expect((await program.ask<Page<ThreadMetadata>>("threads.list", {})).data).toHaveLength(12);
      for (let i = 0; i < 60; i++) expect((await list(program)).status).toBe(200);
      const numbers = [...program.output.stderr.matchAll(/"worker":(\d).*"op":/g)].map(([, number]) => number);
      expect(new Set(numbers)).toEqual(new Set(["1", "2", "3"]));
      expect(await program.end("SIGTERM")).toBe(0);
    }));

  test("a worker that is killed is started again, while the others go on", () =>
    serving(2, async (program) => {
      const before = await workersOf(program);
      process.kill(before[0]!, "SIGKILL");
      const after = await until(async () => {
        const now = await workersOf(program);
        return now.length === 2 && !now.includes(before[0]!) ? now : undefined;
      });
      expect(after).toContain(before[1]!);
      await until(async () => (program.output.stderr.match(/"listening"/g)?.length === 3 ? true : undefined));
      for (let i = 0; i < 20; i++) expect((await list(program)).status).toBe(200);
      expect(await program.end("SIGTERM")).toBe(0);
    }));

  test("a worker that does nothing any more is killed and started again, and its answers are closed by others", async () => {
    const figures = await stoppedWorker("sqlite", { streams: 4 });
    expect(figures).toMatchObject({ unanswered_after: 0, lost: 0, threads_free: 1, exit_code: 0 });
  });

  test("SIGTERM lets the streams of all workers come to their end", () =>
    serving(2, async (program) => {
      const open = (input: object) => program.post({ type: "threads.create", params: { input } }, { headers: { connection: "close" } });
      const streams = await Promise.all(Array.from({ length: 10 }, () => open(words(20, 40))));
      const answers = streams.map(async (response) => texts(await Array.fromAsync(eventsOf(response))));
      await Bun.sleep(200);
      expect(await program.end("SIGTERM")).toBe(0);
      for (const text of await Promise.all(answers)) expect(text).toEqual(["word ".repeat(20).trim()]);
    }));

  test("a second SIGTERM leaves at once, uncleanly, and leaves nobody behind", () =>
    serving(2, async (program) => {
      const stream = await program.post({ type: "threads.create", params: { input: words(2000, 20) } });
      const read = Array.fromAsync(eventsOf(stream)).catch(() => {});
      const workers = await workersOf(program);
      program.child.kill("SIGTERM");
      await Bun.sleep(200);
      expect(await program.end("SIGTERM")).toBe(4);
      await read;
      expect(workers.filter(isRunning)).toEqual([]);
    }));

  test("workers do not outlive a supervisor that was killed", () =>
    serving(2, async (program) => {
      const workers = await workersOf(program);
      await program.end("SIGKILL");
      await until(async () => (workers.some(isRunning) ? undefined : true));
    }));

  test("PostgreSQL is migrated once, before they start", async () => {
    const env = { DATABASE_URL: await newDatabase() };
    await using program = await startBinary(["--workers", "2"], { env });
    expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
    expect(texts(await program.events("threads.create", { input: userInput("Hi") }))).toHaveLength(1);
    expect(await program.end("SIGTERM")).toBe(0);
  });

  const agent = (name: string) => join(import.meta.dir, "../fixtures/agents", name);

  test("a broken agent module is told once, with 2", async () => {
    await using folder = await emptyFolder();
    const { code, stderr } = await runBinary(["--workers", "3", "--port", "0", "--agent", agent("throws.ts")], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr.match(/throws\.ts:3/g)).toHaveLength(1);
  });

  test("workers that end at once, again and again, are given up with 1", async () => {
    await using folder = await emptyFolder();
    const { code, stderr } = await runBinary(["--workers", "2", "--port", "0", "--agent", agent("ends.ts")], { cwd: folder.path });
    expect(code).toBe(1);
    expect(stderr.match(/a worker has died/g)?.length).toBeGreaterThanOrEqual(5);
  });

  test("a database of one process, or a port that is taken, is refused", async () => {
    const memory = await runBinary(["--workers", "2", "--database-url", "memory:"]);
    expect([memory.code, memory.stderr.includes("processes can share")]).toEqual([2, true]);
    await serving(2, async (program) => {
      await using folder = await emptyFolder();
      const args = ["--workers", "2", "--port", new URL(program.url).port];
      const { code, stderr } = await runBinary(args, { cwd: folder.path });
      expect(code).toBe(1);
      expect(stderr).toContain("cannot listen");
    });
  });
});
