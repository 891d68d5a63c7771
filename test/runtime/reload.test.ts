import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { Hono } from "hono";
import { RequestContexts } from "../../src/http/contexts.ts";
import type { Composition } from "../../src/runtime/compose.ts";
import { reloadOnChange } from "../../src/runtime/reload.ts";
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
  stop = reloadOnChange({ rotation, compose: () => coming.shift()!, logger, withinMs: 50 });
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
