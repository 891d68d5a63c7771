import { describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { basename, dirname, join, relative } from "node:path";

/** From the roof down, as the README draws them: a room imports only from itself and from rooms below it in this list. */
const ROOMS = [
  "main",
  "index",
  "runtime",
  "cli",
  "ui",
  "config",
  "http",
  "auth",
  "agents",
  "server",
  "widgets",
  "transfer",
  "attachments",
  "store",
  "protocol",
  "version",
  "errors",
];
/** Rooms that may import less than all below them. */
const ONLY: Record<string, string[]> = {
  // Conversations in and out: files and stores, nothing of a running server.
  transfer: ["errors", "version", "protocol", "store"],
  // Runs in the browser, where nothing of the server is; the build alone takes it up.
  ui: ["protocol"],
};
/** What of the store's room the adapters to a database import. */
const DATABASE = [
  "store",
  "attachment-uses",
  "ids",
  "base-store",
  "page",
  "thread-change",
  "upkeep",
  "already-open",
  "cut-off",
  "deletions",
  "lost-run",
  "migrate",
  "text-escape",
  "unavailable",
  "write-state",
];
/**
 * Inside a large room or folder: each folder, and each file beside the folders, with what else of it that one may import. What is not
 * named here may import nothing of it.
 */
const WITHIN: Record<string, Record<string, string[]>> = {
  agents: {
    "agent-context": ["current-chat", "workflow"],
    usage: ["agent-context"],
    "client-tool": ["agent-context", "tool-outcome"],
    mcp: ["tool-outcome"],
    activity: ["agent-context", "client-tool", "tool-outcome"],
    approvals: ["agent-context", "tool-outcome"],
    models: ["demo"],
    input: ["models"],
    response: ["agent-context", "workflow", "approvals", "models"],
    "stream-run": ["agent-context", "activity", "models", "response", "titles", "usage", "workflow"],
    "agent-server": ["agent-context", "activity", "approvals", "handoffs", "input", "mcp", "models", "response", "stream-run", "titles"],
    "agent-file": ["agent-server", "input", "mcp", "tool-outcome"],
    "agent-builder": ["agent-context", "current-chat", "tool-outcome", "activity", "approvals", "input", "models", "response", "titles", "usage", "workflow"],
    loading: ["agent-context", "titles", "agent-server", "agent-file", "agent-builder", "mcp", "models"],
  },
  store: {
    ids: ["store"],
    "thread-change": ["store"],
    "already-open": ["store"],
    "cut-off": ["store", "ids"],
    upkeep: ["migrate"],
    "write-state": ["unavailable"],
    "process-runs": ["store", "already-open", "lost-run"],
    "base-store": ["store", "ids", "page", "cut-off", "merge", "one-by-one", "process-runs", "stale-item", "thread-change"],
    // Adapters know the port and what they share, never each other.
    memory: ["store", "attachment-uses", "base-store", "page", "thread-change", "upkeep"],
    sqlite: [...DATABASE, "private-files"],
    postgres: DATABASE,
  },
  server: {
    audit: ["context"],
    "context-with": ["context"],
    streams: ["clock", "context", "request-note"],
    limits: ["audit", "context", "request-note", "streams"],
    runs: ["clock", "context", "streams"],
    hooks: ["audit", "clock", "context", "runs"],
    answer: ["context", "context-with", "hooks", "runs", "streams"],
    ops: ["answer", "context", "context-with", "hooks", "runs", "streams"],
    dispatch: ["context", "hooks", "ops", "streams"],
    "chatkit-server": ["answer", "audit", "clock", "context", "dispatch", "hooks", "limits", "request-note", "result", "runs", "streams"],
  },
  transfer: {
    "saved-report": ["saved"],
    saved: ["item-facts", "transfer-error"],
    hosted: ["duration", "item-facts", "saved", "transfer-error"],
    saving: ["duration", "hosted", "item-facts", "saved", "saved-report", "transfer-error"],
    conversations: ["item-facts", "transfer-error"],
    python: ["conversations", "transfer-error"],
  },
  "agents/models": {
    "event-values": ["event-messages", "server-error"],
    "whole-body": ["dialect", "event-messages", "event-values", "server-error"],
    "event-stream": ["dialect", "event-messages", "event-values", "server-error", "whole-body"],
    // The two APIs share what both need, and know nothing of each other.
    chat: ["call-parts", "dialect", "kept-call", "server-error", "text-of", "think-tags", "token-counts"],
    responses: ["call-parts", "dialect", "server-error", "text-of", "think-tags", "token-counts"],
    "model-client": ["chat", "dialect", "event-stream", "quotes", "responses", "server-error", "too-long", "whole-body"],
    "module-client": ["model-client"],
    "module-models": ["chat", "kept-call", "model-client", "module-client"],
    "model-provider": ["chat", "kept-call", "model-client", "module-client"],
    "model-error": ["server-error", "too-long"],
  },
  http: {
    "allowed-hosts": ["label-pattern"],
    "allowed-origins": ["label-pattern"],
    "sse-response": ["sse"],
    env: ["client", "sse"],
    middleware: ["allowed-hosts", "allowed-origins", "body-chunks", "client", "contexts", "env", "sse", "throttle"],
    "read-body": ["body-chunks", "middleware"],
    "respond-error": ["env", "middleware"],
    routes: ["body-chunks", "contexts", "download", "env", "middleware", "multipart", "read-body", "respond-error", "sse"],
    app: ["allowed-origins", "contexts", "env", "middleware", "request-path", "respond-error", "routes"],
  },
  runtime: {
    upkeep: ["parts"],
    schema: ["parts"],
    compose: ["browser-files", "parts"],
    panel: ["compose", "parts"],
    rotation: ["compose"],
    reload: ["compose", "rotation"],
    shutdown: ["parts", "process", "rotation"],
    serve: ["compose", "panel", "parts", "process", "reload", "rotation", "schema", "shutdown", "upkeep", "warm-up"],
    supervisor: ["parts", "process", "schema"],
    verbs: ["compose", "parts", "process", "upkeep"],
  },
  "ui/element": {
    thread: ["client"],
    markdown: ["icons"],
    widgets: ["icons", "markdown", "theme"],
    views: ["icons", "locale", "markdown", "thread", "widgets"],
    history: ["client", "locale", "views"],
    composer: ["client", "icons", "locale", "thread", "views"],
    "deep-link": ["thread"],
    session: ["client", "composer", "history", "locale", "thread", "views"],
    "chatkit-element": ["composer", "deep-link", "history", "icons", "locale", "markdown", "session", "theme", "thread", "views"],
    chatkit: ["chatkit-element"],
  },
};
/** Folders that nothing else in their room imports. */
const TOPS = ["runtime/supervisor", "runtime/verbs"];
/** The file of each room, and of each folder inside one, whose first words are what happens there and what never does. */
const DOORS: Record<string, string> = {
  protocol: "requests",
  "protocol/json": "reader",
  store: "store",
  "store/memory": "store",
  "store/postgres": "store",
  "store/sqlite": "store",
  attachments: "attachment-store",
  transfer: "saving/save-hosted",
  "transfer/conversations": "records",
  "transfer/hosted": "hosted-api",
  "transfer/python": "tables",
  "transfer/saved": "folder",
  "transfer/saving": "hosted-run",
  widgets: "stream-widget",
  server: "chatkit-server",
  "server/answer": "pipeline",
  "server/limits": "limits",
  "server/ops": "turns",
  "server/runs": "run-keeper",
  "server/streams": "stream",
  agents: "agent-server",
  "agents/activity": "tool-activity",
  "agents/agent-builder": "workflow-server",
  "agents/agent-builder/mends": "mend",
  "agents/agent-builder/source": "source-text",
  "agents/agent-file": "load-agent-file",
  "agents/approvals": "pause-run",
  "agents/demo": "demo-model",
  "agents/input": "thread-item-converter",
  "agents/loading": "load-agent-server",
  "agents/mcp": "lasting-server",
  "agents/models": "model-provider",
  "agents/models/chat": "answer",
  "agents/models/responses": "answer",
  "agents/response": "stream-agent-response",
  "agents/starter": "init-template",
  auth: "authenticator",
  http: "app",
  "http/middleware": "arrival",
  "http/routes": "chatkit",
  config: "options",
  "ui/element": "chatkit",
  "ui/element/client": "connection",
  "ui/element/composer": "composer",
  "ui/element/history": "threads",
  "ui/element/icons": "index",
  "ui/element/locale": "texts",
  "ui/element/markdown": "index",
  "ui/element/theme": "theme",
  "ui/element/thread": "state",
  "ui/element/views": "thread-view",
  "ui/element/widgets": "index",
  "ui/element/widgets/chart": "chart",
  "ui/element/widgets/fields": "index",
  "ui/element/widgets/styles": "index",
  "ui/element/widgets/values": "index",
  "ui/playground": "page",
  "ui/playground/panel": "panel",
  cli: "program",
  runtime: "serve",
  "runtime/browser-files": "browser-files",
  "runtime/parts": "open-store",
  "runtime/process": "listen",
  "runtime/supervisor": "supervise",
  "runtime/upkeep": "retention",
  "runtime/verbs": "conversations",
};
/** Who alone may import a package's values (its types are free). */
const OWNERS: [pkg: RegExp, allowed: RegExp][] = [
  [/^hono(\/|$)/, /^(http\/|runtime\/)/],
  [/^@openai\/agents/, /^(agents\/|runtime\/)/],
  [/^@modelcontextprotocol\//, /^agents\//],
  [/^openai(\/|$)/, /^(agents\/|runtime\/)/],
  // Tables of others are read, and are no store; nor is the ledger of a saved folder.
  [/^postgres$/, /^(store\/postgres|transfer\/python\/postgres-tables\.)/],
  [/^bun:sqlite$/, /^(store\/sqlite|transfer\/saved\/ledger\.|transfer\/python\/sqlite-tables\.)/],
  [/^commander$/, /^cli\//],
  [/^pino$/, /^runtime\//],
];

/**
 * Agent modules as anybody would write them, which lie here to be carried along: the program reads them as text. To them the library
 * is a package by name, and of the packages inside the program they may have all.
 */
const RECIPES = "agents/starter/recipes/";
const FOR_AGENT_MODULES = /^(chatkit-server|@openai\/agents|openai|zod|hono)(\/|$)|^\.\/[\w-]+\.ts$/;

const SRC = join(import.meta.dir, "../src");
/** The file as a path below `src`, what it imports as it is written there, and the names; no names where all is imported as one. */
type Import = { file: string; target: string; typeOnly: boolean; names: string | undefined };

type Exported = { name: string; isType: boolean };

const all = [...new Glob("**/*.{ts,tsx}").scanSync(SRC)].sort();
const recipes = all.filter((file) => file.startsWith(RECIPES));
const files = all.filter((file) => !file.startsWith(RECIPES));
const imports = (await Promise.all(files.map(importsOf))).flat();
const local = imports
  .filter((one) => one.target.startsWith("."))
  .map((one) => ({ ...one, target: fileOf(one) }))
  .filter((one) => !one.target.startsWith(".."));

describe("the house", () => {
  test("every file belongs to a room", () => {
    expect(files.filter((file) => !ROOMS.includes(roomOf(file)))).toEqual([]);
  });

  test("a room imports only from the rooms below it", () => {
    const wrong = local.filter(({ file, target }) => ROOMS.indexOf(roomOf(target)) < ROOMS.indexOf(roomOf(file)));
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  test("a room that names what it imports imports nothing else", () => {
    const wrong = local.filter(({ file, target }) => ONLY[roomOf(file)]?.concat(roomOf(file)).includes(roomOf(target)) === false);
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  test("inside a large room or folder, a folder imports only what it names", () => {
    const wrong = Object.entries(WITHIN).flatMap(([folder, allowed]) => arrowsIn(folder).filter(({ from, to }) => !allowed[from]?.includes(to)));
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  test("nothing in a room imports the folder at its top", () => {
    const isOutside = (file: string, top: string) => roomOf(file) === roomOf(top) && !file.startsWith(`${top}/`);
    const wrong = local.filter(({ file, target }) => TOPS.some((top) => target.startsWith(`${top}/`) && isOutside(file, top)));
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
    expect(TOPS.filter((top) => !files.some((file) => file.startsWith(`${top}/`)))).toEqual([]);
  });

  test("an arrow that is allowed is there", () => {
    const between = new Set(local.map(({ file, target }) => `${roomOf(file)} -> ${roomOf(target)}`));
    const rooms = Object.entries(ONLY).flatMap(([room, to]) => to.map((other) => `${room} -> ${other}`));
    const places = Object.entries(WITHIN).flatMap(([folder, allowed]) => {
      const inside = new Set(arrowsIn(folder).map(({ from, to }) => `${from} -> ${to}`));
      const named = Object.entries(allowed).flatMap(([place, to]) => to.map((other) => `${place} -> ${other}`));
      return named.filter((arrow) => !inside.has(arrow)).map((arrow) => `${folder}: ${arrow}`);
    });
    expect([...rooms.filter((arrow) => !between.has(arrow)), ...places]).toEqual([]);
  });

  test("each room, and each folder inside one, says at its door what happens there and what never does", async () => {
    const folders = new Set(files.map((file) => dirname(file)).filter((folder) => folder !== "."));
    expect([...folders].filter((folder) => !(folder in DOORS))).toEqual([]);
    const doors = Object.entries(DOORS).map(([folder, door]) => `${folder}/${door}.ts`);
    const silent: string[] = [];
    for (const door of [...doors, ...files.filter((file) => dirname(file) === ".")]) {
      const sign = /^\/\*\*.*?\*\//s.exec(await Bun.file(join(SRC, door)).text())?.[0] ?? "";
      if (!/\bnever\b/i.test(sign)) silent.push(door);
    }
    expect(silent).toEqual([]);
  });

  test("the README draws each room above all that it imports, and names files that are there", async () => {
    const readme = await Bun.file(join(import.meta.dir, "../README.md")).text();
    const [, section = ""] = /^## The house$(.*?)^## /ms.exec(readme) ?? [];
    const [, drawing = ""] = /```\n(.*?)```/s.exec(section) ?? [];
    const floors = drawing.trimEnd().split("\n").reverse();
    const floorOf = new Map(floors.flatMap((line, floor) => line.split("│").map((room) => [room.trim().split(" ")[0]!, floor] as const)));
    expect([...new Set(files.map(roomOf))].filter((room) => !floorOf.has(room))).toEqual([]);
    const isBelow = (room: string, other: string) => floorOf.get(room)! < floorOf.get(other)!;
    const upwards = local.filter(({ file, target }) => roomOf(file) !== roomOf(target) && !isBelow(roomOf(target), roomOf(file)));
    expect(upwards.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
    const named = [...section.matchAll(/`([\w/-]+\.ts)`/g)].map(([, path]) => path!);
    expect(named.filter((path) => !all.includes(path) && path !== "test/layers.test.ts")).toEqual([]);
  });

  test("no file imports itself by way of others", () => {
    const graph = new Map<string, string[]>();
    for (const { file, target } of local) graph.set(file, [...(graph.get(file) ?? []), target]);
    expect(cycles(graph)).toEqual([]);
  });

  test("of the folders and files that lie side by side, none imports itself by way of others", () => {
    const circles = [...new Set(files.flatMap(foldersAbove))].flatMap((folder) => {
      const graph = new Map<string, string[]>();
      for (const { from, to } of arrowsIn(folder)) graph.set(from, [...(graph.get(from) ?? []), to]);
      return cycles(graph).map((circle) => `${folder}: ${circle}`);
    });
    expect(circles).toEqual([]);
  });

  test("a package is imported only by the room that owns it", () => {
    const wrong = imports.filter(
      ({ file, target, typeOnly }) => !typeOnly && OWNERS.some(([pkg, allowed]) => pkg.test(target) && !allowed.test(file)),
    );
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  test("a recipe imports what any agent module may, and is imported by none of the house", async () => {
    const wrong = (await Promise.all(recipes.map(importsOf))).flat().filter(({ target }) => !FOR_AGENT_MODULES.test(target));
    const inside = local.filter(({ target }) => target.startsWith(RECIPES));
    expect([...wrong, ...inside].map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
    expect(recipes).not.toEqual([]);
  });

  test("what a file exports is imported by another one, or by a test", async () => {
    const users = [...all, ...new Glob("../test/**/*.ts").scanSync({ cwd: SRC })];
    const textOf = new Map(await Promise.all(users.map(async (file) => [file, await Bun.file(join(SRC, file)).text()] as const)));
    const importers = Map.groupBy((await Promise.all(users.map(importsOf))).flat(), fileOf);
    const isIn = (text: string, name: string) => new RegExp(`\\b${name}\\b`).test(text);
    const uses = ({ file, names, typeOnly }: Import, { name, isType }: Exported) =>
      names === "*" ? isType || !typeOnly : isIn(names === undefined || names.startsWith("* as") ? textOf.get(file)! : names, name);
    const unused = files.flatMap((file) => {
      const by = importers.get(file) ?? [];
      const exported = file === "index.ts" ? [] : exportsOf(textOf.get(file)!);
      return exported.filter((one) => !by.some((other) => uses(other, one))).map(({ name }) => `${file}: ${name}`);
    });
    expect(unused).toEqual([]);
  });

  test("no function is written in two files", async () => {
    const bodies = (await Promise.all(files.map(functionsOf))).flat().filter(({ body }) => body.length > 80);
    const twins = [...Map.groupBy(bodies, ({ body }) => body).values()].filter((alike) => alike.length > 1);
    expect(twins.map((alike) => alike.map(({ name }) => name))).toEqual([]);
    expect(bodies.length).toBeGreaterThan(500);
  });

  test("only config reads the environment, only main exits", async () => {
    const wrong: string[] = [];
    for (const file of files) {
      const text = withoutComments(await Bun.file(join(SRC, file)).text());
      if (!file.startsWith("config/") && /\b(process|Bun)\.env\b/.test(text)) wrong.push(`${file} reads the environment`);
      if (file !== "main.ts" && /\bprocess\.exit\(/.test(text)) wrong.push(`${file} exits the process`);
    }
    expect(wrong).toEqual([]);
  });

  test("files stay small: none above 400 lines, nine of ten up to 300, the median up to 100", async () => {
    const lengths = await Promise.all(files.map(async (file) => (await Bun.file(join(SRC, file)).text()).split("\n").length));
    lengths.sort((a, b) => a - b);
    expect(lengths.at(-1)).toBeLessThanOrEqual(400);
    expect(lengths[Math.floor(lengths.length * 0.9)]).toBeLessThanOrEqual(300);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100);
  });

  test("no folder is a hall: at most 24 files lie side by side", () => {
    const halls = [...Map.groupBy(files, (file) => dirname(file))].filter(([, inside]) => inside.length > 24);
    expect(halls.map(([folder, inside]) => `${folder}: ${inside.length}`)).toEqual([]);
  });

  test("a test that bears the name of one file of its room lies where that file lies", () => {
    const nameOf = (file: string) => basename(file).replace(/(\.test)?\.tsx?$/, "");
    const astray = [...new Glob("**/*.test.ts").scanSync(import.meta.dir)].flatMap((test) => {
      const tested = files.filter((file) => roomOf(file) === roomOf(test) && nameOf(file) === nameOf(test));
      return tested.length === 1 && dirname(tested[0]!) !== dirname(test) ? [`${test}: ${tested[0]}`] : [];
    });
    expect(astray).toEqual([]);
  });

  test("names are kebab-case and say what is inside", () => {
    const names = all.map((file) => file.split("/").at(-1)!);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.tsx?$/.test(name))).toEqual([]);
    expect(names.filter((name) => /util|helper|manager|service|common/.test(name))).toEqual([]);
  });
});

function roomOf(file: string): string {
  return file.split("/")[0]!.replace(/\.tsx?$/, "");
}

/** The imports between what lies side by side in a folder: its folders, and the files beside them. */
function arrowsIn(folder: string): { file: string; target: string; from: string; to: string }[] {
  const inside = local.filter(({ file, target }) => file.startsWith(`${folder}/`) && target.startsWith(`${folder}/`));
  const placeOf = (file: string) => file.slice(folder.length + 1).split("/")[0]!.replace(/\.tsx?$/, "");
  return inside.map(({ file, target }) => ({ file, target, from: placeOf(file), to: placeOf(target) })).filter(({ from, to }) => from !== to);
}

/** All folders that a file is in, from its room inwards. */
function foldersAbove(file: string): string[] {
  const names = dirname(file).split("/");
  return names[0] === "." ? [] : names.map((_, depth) => names.slice(0, depth + 1).join("/"));
}

async function importsOf(file: string): Promise<Import[]> {
  const text = withoutComments(await Bun.file(join(SRC, file)).text());
  const found = text.matchAll(/\b(?:import|export)\s+(type\s+)?(?:([\w*{][^;"']*?)\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g);
  return [...found].map(([, type, names, target, dynamic]) => ({ file, target: (target ?? dynamic)!, typeOnly: type !== undefined, names }));
}

/** The imported file, as a path below `src`. */
function fileOf({ file, target }: Import): string {
  return relative(SRC, join(SRC, dirname(file), target));
}

function exportsOf(text: string): Exported[] {
  const declared = text.matchAll(/^export (?:declare )?(?:abstract )?(?:async )?(function\*?|const|let|class|type|interface|enum) (\w+)/gm);
  const listed = text.matchAll(/^export (type )?\{([^}]*)\}/gm);
  return [...declared, ...listed].flatMap(([, kind = "", names]) =>
    names!.split(",").map((name) => ({ name: name.trim().split(" as ").at(-1)!, isType: /^(class|type|interface|enum)\b/.test(kind) })),
  );
}

/** The functions of a file, each with its body in one line. */
async function functionsOf(file: string): Promise<{ name: string; body: string }[]> {
  const text = withoutComments(await Bun.file(join(SRC, file)).text());
  const found = text.matchAll(/^(?:export )?(?:async )?function\*? (\w+)[^\n]*?(\{\n[\s\S]*?\n\})$/gm);
  return [...found].map(([, name, body]) => ({ name: `${file}: ${name}`, body: body!.replace(/\s+/g, " ") }));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

/** Every cycle of the graph, as `a -> b -> a`. */
function cycles(graph: Map<string, string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, path: string[]): void => {
    const at = path.indexOf(node);
    if (at >= 0) return void found.push([...path.slice(at), node].join(" -> "));
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return found;
}
