import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { say, texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, startBinary, type Program } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";
import { isRunning } from "../support/is-running.ts";
import { ResponsesServer } from "../support/responses-server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

const GOOD = "name: Helper\ninstructions: Help.\n";
const BROKEN = "name: Helper\nnonsense: true\n";
const MODULE = 'import { ChatKitServer } from "chatkit-server";\nexport default class extends ChatKitServer {\n  async *respond() {}\n}\n';

type Service = { program: Program; folder: string; pids: () => Promise<number[]>; save: (agent: string) => Promise<unknown>; logged: (text: string) => number };

/** Two workers with an agent file that can be changed. */
async function serving(body: (service: Service) => Promise<void>, [file, first]: [name: string, text: string] = ["agent.yaml", GOOD]): Promise<void> {
  const model = new ResponsesServer();
  await using folder = await emptyFolder();
  const save = (agent: string) => Bun.write(join(folder.path, file), agent);
  await save(first);
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: model.url };
  try {
    await using program = await startBinary(["--workers", "2", "--agent", file], { cwd: folder.path, env });
    const pids = () => childrenOf(program.child.pid);
    const logged = (text: string) => program.output.stderr.split(text).length - 1;
    await body({ program, folder: folder.path, pids, save, logged });
  } finally {
    await model.stop();
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const children = await Bun.file(`/proc/${pid}/task/${pid}/children`).text();
  return children.trim().split(" ").filter(Boolean).map(Number);
}

/** A busy machine takes its time to start a process. */
const seen = (look: () => boolean | Promise<boolean>) => until(async () => ((await look()) ? true : undefined), 40_000);
/** A connection of its own for each, so that every worker is asked. */
async function answersAll(program: Program): Promise<void> {
  for (let i = 0; i < 20; i++) {
    expect((await program.post({ type: "threads.list", params: {} }, { headers: { connection: "close" } })).status).toBe(200);
  }
}

describe("with --workers", () => {
  test("SIGHUP with an agent that cannot be loaded leaves all as they are, and says why; with one that can it replaces them", () =>
    serving(async ({ program, pids, save, logged }) => {
      const before = await pids();
      await save(BROKEN);
      program.child.kill("SIGHUP");
      await seen(() => logged("cannot be started anew") === 1);
      expect(program.output.stderr).toContain("nonsense");
      expect(await pids()).toEqual(before);
      await answersAll(program);
      await save(GOOD);
      program.child.kill("SIGHUP");
      await seen(async () => (await pids()).every((pid) => !before.includes(pid)));
      expect(await pids()).toHaveLength(2);
      await answersAll(program);
      expect(await program.end("SIGTERM")).toBe(0);
    }));

  test("a worker that dies when the agent cannot be loaded is tried again and again, while the other goes on", () =>
    serving(async ({ program, pids, save, logged }) => {
      const [first, second] = await pids();
      await save(BROKEN);
      process.kill(first!, "SIGKILL");
      await seen(() => logged("a worker has died") >= 3);
      await answersAll(program);
      expect(await pids()).toContain(second!);
      await save(GOOD);
      await seen(() => logged('"msg":"listening"') === 3);
      expect(await program.end("SIGTERM")).toBe(0);
    }));

  test("three SIGHUPs in a row are one restart at a time, and what was on disk at the last one counts", () =>
    serving(async ({ program, folder, pids, logged }) => {
      const before = await pids();
      let most = 0;
      const look = async () => (most = Math.max(most, (await pids()).length));
      for (const model of ["one", "two", "three"]) {
        await Bun.write(join(folder, "chatkit.yaml"), `model: ${model}\n`);
        program.child.kill("SIGHUP");
        await Bun.sleep(50);
      }
      // Whatever was begun before the last one is begun again: each number's last worker has the last model.
      const isLast = (worker: number) => program.output.stderr.split("\n").findLast((line) => line.includes(`"worker":${worker},"url"`))?.includes("Helper: three");
      const isDone = () => isLast(1) && isLast(2) && logged('"msg":"stopped"') === logged('"msg":"listening"') - 2;
      await seen(async () => (await look(), isDone() === true && (await pids()).length === 2));
      expect(most).toBe(3);
      expect((await pids()).filter((pid) => before.includes(pid))).toEqual([]);
      expect(await program.end("SIGTERM")).toBe(0);
    }));

  test("an agent that never finishes loading does not block its corrected version, and no request waits for it", () =>
    serving(async ({ program, folder, pids, save }) => {
      const before = await pids();
      await save(`await Bun.write("loading", "");\nawait new Promise(() => {});\n${MODULE}`);
      program.child.kill("SIGHUP");
      await seen(() => Bun.file(join(folder, "loading")).exists());
      await answersAll(program);
      expect(await pids()).toEqual(expect.arrayContaining(before));
      await save(MODULE);
      program.child.kill("SIGHUP");
      await seen(async () => (await pids()).length === 2 && (await pids()).every((pid) => !before.includes(pid)));
      await answersAll(program);
      expect(await program.end("SIGTERM")).toBe(0);
    }, ["agent.ts", MODULE]));

  test("SIGTERM in the midst of a restart ends it, and leaves nobody behind", () =>
    serving(async ({ program, pids }) => {
      program.child.kill("SIGHUP");
      await seen(async () => (await pids()).length === 3);
      const all = await pids();
      expect(await program.end("SIGTERM")).toBe(0);
      expect(all.filter(isRunning)).toEqual([]);
    }));

  test("a worker that is told to end by somebody else is replaced first", () =>
    serving(async ({ program, pids, logged }) => {
      const [first, second] = await pids();
      process.kill(first!, "SIGTERM");
      process.kill(second!, "SIGHUP");
      while (logged('"msg":"stopped"') === 0) await answersAll(program);
      await seen(() => !isRunning(first!));
      expect(await pids()).toHaveLength(2);
      expect(await pids()).toContain(second!);
      expect(await program.end("SIGTERM")).toBe(0);
    }));

  test("after kill -9 of the supervisor another one takes the port, while the workers let their answers end", () =>
    serving(async ({ program, folder, pids }) => {
      const input = userInput(say({ turns: [[{ text: "word ".repeat(60).trim() }]], delay: 50 }));
      const answer = Array.fromAsync(eventsOf(await program.post({ type: "threads.create", params: { input } })));
      const workers = await pids();
      program.child.kill("SIGKILL");
      const { port } = new URL(program.url);
      await using next = await startBinary(["--workers", "2", "--port", port], { cwd: folder, env: { OPENAI_API_KEY: "sk-test" } });
      await answersAll(next);
      expect(texts(await answer)).toEqual(["word ".repeat(60).trim()]);
      await seen(() => !workers.some(isRunning));
      expect(await next.end("SIGTERM")).toBe(0);
    }));
});
