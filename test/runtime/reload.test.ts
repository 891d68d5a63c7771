import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Hono } from "hono";
import { ChatKitError } from "../../src/errors.ts";
import { RequestContexts } from "../../src/http/contexts.ts";
import type { Composition } from "../../src/runtime/compose.ts";
import { loadConfig } from "../../src/config/load.ts";
import { firstComposition, Reload } from "../../src/runtime/reload.ts";
import { Rotation } from "../../src/runtime/rotation.ts";
import { emptyFolder } from "../support/binary.ts";
import { ports, recordingLogger, Scripted } from "../support/chat.ts";
import { until } from "../support/until.ts";

let folder: Awaited<ReturnType<typeof emptyFolder>>;
let stop = () => {};
beforeEach(async () => void (folder = await emptyFolder()));
afterEach(async () => {
  stop();
  await folder[Symbol.asyncDispose]();
});

const logger = recordingLogger();
const closed: string[] = [];

function composition(name: string): Composition {
  const server = new Scripted(async function* () {}, ports());
  const close = async () => void closed.push(name);
  const app = new Hono().get("/", (c) => c.text(name));
  return { agent: { server, describe: async () => name, models: async () => [], folder: folder.path, close }, app, contexts: new RequestContexts(logger) };
}

test("a version that never finishes loading is given up, closed when it does, and the next one is taken", async () => {
  const stuck = Promise.withResolvers<Composition>();
  const coming = [stuck.promise, Promise.resolve(composition("third"))];
  const rotation = new Rotation(composition("first"), logger);
  const loaded = await loadConfig({ agent: join(folder.path, "agent.ts") }, {});
  const reload = new Reload({ rotation, loaded, compose: () => coming.shift()!, logger, withinMs: 50 });
  reload.watch();
  stop = () => reload.stopWatching();
  const save = () => Bun.write(join(folder.path, "agent.ts"), "");
  await save();
  const line = await until(async () => logger.lines.find(({ level }) => level === "error"));
  expect(line.message).toEndWith("cannot be loaded: it has not finished loading after 0.05 s");
  expect(await rotation.agent.describe()).toBe("first");
  stuck.resolve(composition("second"));
  await until(async () => (closed.includes("second") ? true : undefined));
  await save();
  await until(async () => ((await rotation.agent.describe()) === "third" ? true : undefined));
  expect(closed).toEqual(["second", "first"]);
});

test("a configuration that is read again changes what it can, and says what needs a new start", async () => {
  const file = join(folder.path, "chatkit.yaml");
  const key = join(folder.path, "key");
  await Bun.write(key, "sk-first\n");
  await Bun.write(file, "log_level: warn\nport: 9001\n");
  const loaded = await loadConfig({ config: file }, { OPENAI_API_KEY_FILE: key });
  const seen: { openaiApiKey: string | undefined; port: number }[] = [];
  const compose = async ({ config }: typeof loaded) => (seen.push(config), composition("next"));
  let level = "";
  const reload = new Reload({ rotation: new Rotation(composition("first"), logger), loaded, compose, onConfig: (config) => (level = config.logLevel), logger });
  await Bun.write(key, "sk-second\n");
  await Bun.write(file, "log_level: debug\nport: 9002\n");
  await reload.everything();
  expect(seen).toMatchObject([{ openaiApiKey: "sk-second", port: 9001 }]);
  expect(level).toBe("debug");
  expect(logger.lines.find(({ level }) => level === "warn")?.fields).toEqual({ options: ["port"] });
  await Bun.write(file, "log_level: loud\n");
  await reload.everything();
  expect(logger.lines.at(-1)?.message).toMatch(/from before stays.*log_level: expected one of/);
  expect(seen).toHaveLength(1);
});

test("a watched agent that is broken at the start is waited for, with one line that says why", async () => {
  const file = join(folder.path, "agent.ts");
  await Bun.write(file, "broken");
  const loaded = await loadConfig({ agent: file, watch: "true" }, {});
  const asked: boolean[] = [];
  const compose = async (fresh: boolean) => {
    asked.push(fresh);
    if (!fresh) throw new ChatKitError("config_invalid", { message: "agent.ts:1: broken" });
    return composition("mended");
  };
  const first = firstComposition(loaded, compose, logger);
  await until(async () => logger.lines.find(({ message }) => message?.includes("tried again when it has changed: agent.ts:1: broken")));
  await Bun.write(file, "mended");
  expect(await (await first).agent.describe()).toBe("mended");
  expect(asked).toEqual([false, true]);
  await expect(firstComposition({ ...loaded, config: { ...loaded.config, watch: false } }, async () => compose(false), logger)).rejects.toThrow("broken");
});
