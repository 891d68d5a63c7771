import { expect, test } from "bun:test";
import { join } from "node:path";
import { OPTIONS, OPTION_NAMES, fileKey, flagName, type Option } from "../../src/config/options.ts";

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
