import { expect, test } from "bun:test";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { loadConfig } from "../../src/config/load.ts";
import { OPTIONS, OPTION_NAMES, fileKey, flagName, type Option } from "../../src/config/options.ts";
import { emptyFolder } from "../support/binary.ts";

test("the README's table of options is the one the program has", async () => {
  const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
  const code = (text: string | undefined) => (text ? `\`${text}\`` : "–");
  const rows = OPTION_NAMES.map((name) => {
    const { env, flag, fallback, help, notInFile }: Option = OPTIONS[name];
    const cells = [code(notInFile ? undefined : fileKey(name)), code(env), code(flag && flagName(name)), code(fallback), help];
    return `| ${cells.join(" | ")} |`;
  });
  expect(readme).toContain(rows.join("\n"));
});

test("the README's settings for a public server are settings, and nothing in them has to be warned of", async () => {
  const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
  const block = /## On the internet\n.*?```ini\n(.*?)```/s.exec(readme)![1]!;
  const given = parseEnv(block);
  await using folder = await emptyFolder();
  for (const name of Object.keys(given).filter((key) => key.endsWith("_FILE"))) {
    given[name] = join(folder.path, name);
    await Bun.write(given[name], name === "DATABASE_URL_FILE" ? "postgres://app:a-password@db/chat" : "a-key");
  }
  const { config, origins, warnings } = await loadConfig({}, given);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({ auth: "jwt", host: "127.0.0.1", maxThreadsPerUser: 1000, maxBytesPerUser: 100 * 1024 ** 2, allowedHosts: ["chat.example.com"] });
  expect(OPTION_NAMES.filter((name) => origins[name] !== "default")).toHaveLength(Object.keys(given).length);
});

test("the README is short enough for a newcomer: fewer than 500 lines", async () => {
  const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
  expect(readme.split("\n").length).toBeLessThan(500);
});
