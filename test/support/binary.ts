import { existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { build } from "../../.ci/build.ts";
import type { SentEvent } from "../../src/protocol/events.ts";
import { once, runFolder } from "./test-run.ts";
import { until } from "./until.ts";

const ROOT = join(import.meta.dir, "../..");
const FOLDER = join(ROOT, "dist/test");
const BINARY = join(FOLDER, "chatkit-server");

/** The compiled program, built by the first process of a test run that wants it when the sources are newer than the last one. */
export function binary(): Promise<string> {
  return (made ??= runFolder().then(() => once("binary", make)));
}

let made: Promise<string> | undefined;

/** Beside its place and moved there: a build that is cut off leaves no half file. */
async function make(): Promise<string> {
  if (existsSync(BINARY) && statSync(BINARY).mtimeMs > newestSource()) return BINARY;
  await mkdir(FOLDER, { recursive: true });
  const beside = await mkdtemp(join(FOLDER, "build-"));
  await build(join(beside, "chatkit-server"));
  await rename(join(beside, "chatkit-server"), BINARY);
  await rm(beside, { recursive: true });
  return BINARY;
}

function newestSource(): number {
  const files = [...new Glob("{src,sql,.ci}/**/*").scanSync({ cwd: ROOT, dot: true }), "package.json", "package-lock.json"];
  return Math.max(...files.map((file) => statSync(join(ROOT, file)).mtimeMs));
}

export type RunOptions = { cwd?: string; env?: Record<string, string> };

/** An empty folder that goes with the test: `await using folder = await emptyFolder()`. */
export async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), "chatkit-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Starts the program. */
export async function spawnBinary(args: string[], { cwd = tmpdir(), env = {} }: RunOptions = {}) {
  // Nothing of this process's environment: a key or an address in it would change what is tested.
  return Bun.spawn([await binary(), ...args], { cwd, env: { PATH: process.env["PATH"] ?? "", ...env }, stdout: "pipe", stderr: "pipe" });
}

/** Runs the program to its end. */
export async function runBinary(args: string[], options: RunOptions = {}) {
  const child = await spawnBinary(args, options);
  const [stdout, stderr, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { code, stdout, stderr };
}

/** A serving program: `await using program = await startBinary([…])` kills what is left of it at the end of the test. */
export async function startBinary(args: string[] = [], options: RunOptions = {}) {
  const child = await spawnBinary(["serve", "--port", "0", ...args], options);
  const output = { stdout: "", stderr: "" };
  const url = Promise.withResolvers<string>();
  const reading = [
    collect(child.stdout, (text) => {
      output.stdout += text;
      const found = /listens on (http:\S+)/.exec(output.stdout)?.[1];
      if (found) url.resolve(found);
    }),
    collect(child.stderr, (text) => (output.stderr += text)),
  ];
  void child.exited.then((code) => url.reject(new Error(`ended with ${code} before it listened: ${output.stderr}`)));
  return new Program(await url.promise, child, output, reading);
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
}

export class Program {
  constructor(
    readonly url: string,
    readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">,
    readonly output: { stdout: string; stderr: string },
    private readonly reading: Promise<void>[],
  ) {}

  post(body: object | string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    return fetch(`${this.url}/chatkit`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
      headers: { "content-type": "application/json", ...init.headers },
    });
  }

  /** A plain operation's answer. */
  async ask<T>(type: string, params: object): Promise<T> {
    const response = await this.post({ type, params });
    if (!response.ok) throw new Error(`${type}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** A streaming operation's events. */
  async events(type: string, params: object): Promise<SentEvent[]> {
    return Array.fromAsync(eventsOf(await this.post({ type, params })));
  }

  /** Resolves when it takes no more work, as after SIGTERM. */
  async ending(): Promise<void> {
    await until(async () => ((await fetch(`${this.url}/readyz`)).status === 503 ? true : undefined), 30_000);
  }

  /** Sends a signal, if any, and waits for the end; answers the exit code. */
  async end(signal?: NodeJS.Signals): Promise<number> {
    if (signal) this.child.kill(signal);
    const code = await this.child.exited;
    await Promise.all(this.reading);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}

/** The events of a streamed answer as they arrive. */
export async function* eventsOf(response: Response): AsyncGenerator<SentEvent> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) {
    text += decoder.decode(bytes, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = text
        .slice(0, end)
        .split("\n")
        .find((line) => line.startsWith("data: "));
      text = text.slice(end + 2);
      if (data !== undefined) yield JSON.parse(data.slice("data: ".length)) as SentEvent;
    }
  }
}
