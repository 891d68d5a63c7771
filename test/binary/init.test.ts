import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Glob } from "bun";
import * as library from "../../src/index.ts";
import { RECIPES, type Recipe } from "../../src/agents/starter/recipes.ts";
import { texts } from "../support/agent-turn.ts";
import { binary, emptyFolder, eventsOf, runBinary, startBinary } from "../support/binary.ts";
import { userInput } from "../support/chat.ts";

setDefaultTimeout(60_000);

const ROOT = join(import.meta.dir, "../..");
/** What npm puts beside the agent for the types' package.json. */
const INSTALLED = ["@openai", "@types", "bun-types", "hono", "openai", "postgres", "zod"];

let folder: Awaited<ReturnType<typeof emptyFolder>>;
let first: Awaited<ReturnType<typeof runBinary>>;

beforeAll(async () => {
  await binary();
  folder = await emptyFolder();
  first = await runBinary(["init"], { cwd: folder.path });
  const modules = join(folder.path, "node_modules");
  await mkdir(modules);
  for (const name of INSTALLED) await symlink(join(ROOT, "node_modules", name), join(modules, name));
  await symlink("../.chatkit-server", join(modules, "chatkit-server"));
});
afterAll(() => folder[Symbol.asyncDispose]());

/** The errors of the type checker, one a line, in the folder with these files added. */
async function errorsIn(files: Record<string, string>, ...flags: string[]): Promise<string[]> {
  const own = join(folder.path, "checked");
  try {
    for (const [name, text] of Object.entries(files)) await Bun.write(join(own, name), text);
    const command = [process.execPath, "check", "--no-pretty", "--all", ...flags];
    const child = Bun.spawn(command, { cwd: folder.path, stdout: "pipe", stderr: "pipe" });
    const said = (await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])).join("\n");
    expect(said).toMatch(/No type errors|Found \d+ error/);
    return said.split("\n").filter((line) => line.includes(": error "));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

const MISTAKES = `
import { agentContext, AgentServer, assistantMessage, ChatKitServer, clientTool, parseAction, WidgetTemplate } from "chatkit-server";
import type { Action, Ports, RequestContext, ThreadItem, ThreadMetadata, ThreadStreamEvent, WidgetRoot } from "chatkit-server";
import { tool } from "@openai/agents";
import { z } from "zod";
import { sever } from "chatkit-server"; // wrong
export const card: WidgetRoot = { type: "Card", children: [{ type: "Titel", value: "x" }] }; // wrong
export const event: ThreadStreamEvent = { type: "progress_update", txt: "x" }; // wrong
export const user = (context: RequestContext) => context.userid; // wrong
export const text = (item: ThreadItem) => item.content; // wrong
export const title = (thread: ThreadMetadata): number => thread.title; // wrong
export const load = (ports: Ports) => ports.store.loadThread(1, {}); // wrong
export const city = (action: Action): number => parseAction(action, z.object({ city: z.string() })).city; // wrong
export const built = (template: WidgetTemplate): string => template.build({}); // wrong
export const page = clientTool({ name: "page", description: "", parameters: z.object({ a: z.string() }), onCall: ({ b }) => {} }); // wrong
export const chat = tool({
  name: "chat",
  description: "",
  parameters: z.object({}),
  execute: (_, run) => agentContext(run).streem(assistantMessage("x")), // wrong
});
export class Server extends ChatKitServer {
  override async *respond(thread: ThreadMetadata): AsyncGenerator<ThreadStreamEvent> {
    yield "hello"; // wrong
    yield assistantMessage(thread.titel); // wrong
  }
  override respnd() {} // wrong
}
export const server = (ports: Ports) => new AgentServer(ports, { agnt: 1 }); // wrong
`;
const desk = () => Bun.file(join(ROOT, "test/fixtures/editor/desk.ts")).text();

describe("init", () => {
  test("tells what it wrote and what comes next, and a second time what it left alone", async () => {
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const types = expect.stringMatching(/^wrote \.chatkit-server: the types of chatkit-server \d\S+; init replaces .* nothing else$/);
    const next = "next: npm install (for the editor); chatkit-server --agent agent.ts --watch";
    const lines = (before: string) => ["agent.ts", "package.json", "tsconfig.json"].map((file) => before + file);
    expect(first.stdout.trimEnd().split("\n")).toEqual([...lines("wrote "), types, next]);
    const second = await runBinary(["init"], { cwd: folder.path });
    expect(second.stdout.trimEnd().split("\n")).toEqual([...lines("left as it is: "), types, next]);
  });

  test("names the packages that the types name, in the versions that the program has", async () => {
    const types = join(folder.path, ".chatkit-server/types");
    const own = await Bun.file(join(types, "../package.json")).json();
    const ours = await Bun.file(join(ROOT, "package.json")).json();
    const versions = { ...ours.devDependencies, ...ours.dependencies };
    expect(own).toMatchObject({ name: ours.name, version: ours.version });
    expect(own.dependencies).toEqual(Object.fromEntries(Object.keys(own.dependencies).map((name) => [name, versions[name]])));
    const named = new Set<string>();
    for (const file of new Glob("**/*.d.ts").scanSync(types)) {
      const text = await Bun.file(join(types, file)).text();
      for (const [, target] of text.matchAll(/\b(?:from |import\()"([^."][^"]*)"/g)) named.add(target!);
    }
    expect([...named].filter((name) => !(name in own.dependencies))).toEqual([]);
  });
});

describe("init with recipes", () => {
  test("has all of them inside the program, as they are in the sources", async () => {
    await using own = await emptyFolder();
    const list = await runBinary(["init", "--list", "--json"], { cwd: own.path });
    const names = (JSON.parse(list.stdout) as Recipe[]).map(({ name }) => name);
    expect(names).toEqual(RECIPES.map(({ name }) => name));
    for (const { name, files, command } of RECIPES) {
      const written = await runBinary(["init", "--recipe", name, name], { cwd: own.path });
      expect(written).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(command) });
      for (const file of Object.keys(files)) {
        const source = Bun.file(join(ROOT, "src/agents/starter/recipes", file));
        expect(await Bun.file(join(own.path, name, file)).text()).toBe(await source.text());
      }
    }
  });

  test("leaves a file that is there as it is, and ends with 1", async () => {
    await using own = await emptyFolder();
    await Bun.write(join(own.path, "widget.ts"), "mine");
    const refused = await runBinary(["init", "--recipe", "widget"], { cwd: own.path });
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("widget.ts is there already") });
    expect(await Bun.file(join(own.path, "widget.ts")).text()).toBe("mine");
  });
});

describe("the types that init writes", () => {
  test("know the sample, a server of one's own and every recipe", async () => {
    const recipes = Object.assign({}, ...RECIPES.map(({ files }) => files)) as Record<string, string>;
    expect(await errorsIn({ ...recipes, "desk.ts": await desk() })).toEqual([]);
  });

  test("have no error of their own, which would be hidden and make something `any`", async () => {
    const errors = await errorsIn({ "desk.ts": await desk() }, "--skipLibCheck", "false", "--target", "es2023", "--lib", "es2023");
    expect(errors.filter((line) => line.startsWith(".chatkit-server"))).toEqual([]);
  });

  test("name all that the library exports, and nothing as `any`", async () => {
    const names = Object.keys(library).map((name) => `${name}: true`);
    const file = `
      import { Glob } from "bun";
import * as library from "chatkit-server";
      type Library = typeof library;
      type Any = { [Name in keyof Library]: 0 extends 1 & Library[Name] ? Name : never }[keyof Library];
      export const nothingIsAny: [Any] extends [never] ? true : Any = true;
      export const names: { [Name in keyof Library]?: true } = { ${names.join(", ")} };
    `;
    expect(await errorsIn({ "all.ts": file })).toEqual([]);
  });

  test.each([
    ["of init", [], []],
    ["of bun init", ["--module", "preserve", "--moduleResolution", "bundler", "--exactOptionalPropertyTypes", "false"], []],
    // The widgets' types are those of @openai/chatkit, whose own declarations cannot be resolved that way.
    ["with nodenext", ["--module", "nodenext", "--moduleResolution", "nodenext", "--exactOptionalPropertyTypes", "false"], ["WidgetRoot = {", "WidgetTemplate)"]],
  ])("tell each mistake by its line, under a tsconfig %s", async (_name, flags, unseen) => {
    const lines = MISTAKES.trim().split("\n");
    const errors = await errorsIn({ "mistakes.ts": MISTAKES.trim() }, ...flags);
    const found = errors.map((line) => Number(/^checked\/mistakes\.ts[(:](\d+)/.exec(line)?.[1]));
    expect([...new Set(found)]).toEqual(lines.flatMap((line, index) => (line.endsWith("// wrong") && !unseen.some((part) => line.includes(part)) ? [index + 1] : [])));
  });
});

test("what npm puts beside an agent for the editor is not what the program runs", async () => {
  const agent = join(folder.path, "desk.ts");
  await cp(join(ROOT, "test/fixtures/editor/desk.ts"), agent);
  await using program = await startBinary(["--database-url", "memory:", "--agent", agent]);
  const ask = (text: string, plan: string) =>
    program.post({ type: "threads.create", params: { input: userInput(text) } }, { headers: { "x-plan": plan } });
  const answer = await Array.fromAsync(eventsOf(await ask("version", "paid")));
  expect(texts(answer)).toEqual([`${library.VERSION}, paid`]);
  expect(await (await fetch(`${program.url}/plan`)).json()).toMatchObject({ plan: "free", titles: [""] });
});
