import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { binary, emptyFolder, runBinary, startBinary } from "../support/binary.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

/** Files that Bun, or a program made with it, may read or run from where it is started (CWE-427). */
async function plant(folder: string): Promise<string> {
  const marker = join(folder, "EXECUTED");
  const code = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "");`;
  const files: Record<string, string> = {
    ".env": "PORT=1\nLOG_LEVEL=debug\nOPENAI_API_KEY=sk-planted\nBUN_OPTIONS=--preload=./preload.js\n",
    ".env.local": "LOG_LEVEL=debug\n",
    ".env.production": "LOG_LEVEL=debug\n",
    "bunfig.toml": 'preload = ["./preload.js"]\n[test]\npreload = ["./preload.js"]\n',
    "preload.js": code,
    "package.json": JSON.stringify({
      type: "commonjs",
      imports: { "#hono": "./preload.js" },
      main: "./preload.js",
      scripts: { start: "false" },
    }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { jsxImportSource: "./preload.js", paths: { hono: ["./preload.js"], "*": ["./preload.js"] } },
    }),
  };
  for (const name of ["@openai/agents", "@openai/agents-core", "hono", "zod", "openai", "pino", "commander", "yaml", "chatkit-server"]) {
    files[`node_modules/${name}/index.js`] = code;
    files[`node_modules/${name}/package.json`] = JSON.stringify({ name, version: "9.9.9", main: "index.js" });
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await Bun.write(join(folder, name), text);
  }
  return marker;
}

test("files planted in the working directory have no effect", async () => {
  await using folder = await emptyFolder();
  const marker = await plant(folder.path);
  const { code, stdout } = await runBinary(["check", "--json"], { cwd: folder.path });
  expect(code).toBe(0);
  const { options } = JSON.parse(stdout) as { options: { origin: string }[] };
  expect(options.filter(({ origin }) => origin !== "default")).toEqual([]);
  await using program = await startBinary([], { cwd: folder.path });
  expect(program.output.stdout).toContain("Set OPENAI_API_KEY");
  const input = { content: [{ type: "input_text", text: "Hi" }], attachments: [], inference_options: {} };
  expect((await program.events("threads.create", { input })).at(-1)?.type).toBe("thread.item.done");
  expect(existsSync(marker)).toBe(false);
});

test("an agent module there gets the packages of this program, not the planted ones", async () => {
  await using folder = await emptyFolder();
  const marker = await plant(folder.path);
  await Bun.write(
    join(folder.path, "agent.ts"),
    `import { Agent } from "@openai/agents";
     import { z } from "zod";
     import { ChatKitServer } from "chatkit-server";
     import { Hono } from "hono";
     if (!z.object || !ChatKitServer || !Hono) throw new Error("planted");
     export default new Agent({ name: "Mine", instructions: "" });`,
  );
  await using program = await startBinary(["--agent", "agent.ts", "--database-url", "memory:"], { cwd: folder.path });
  expect((await fetch(`${program.url}/readyz`)).status).toBe(200);
  expect(existsSync(marker)).toBe(false);
});
