import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmod, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain } from "../../src/config/explain.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Environment } from "../../src/config/loaded.ts";
import { OPTIONS, OPTION_NAMES, type Option } from "../../src/config/options.ts";
import { secretsOf } from "../../src/config/secrets.ts";
import { toChatKitError } from "../../src/errors.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "chatkit-secrets-"))));
afterAll(() => rm(folder, { recursive: true }));

async function file(contents: string | Uint8Array): Promise<string> {
  const path = join(folder, crypto.randomUUID());
  await Bun.write(path, contents);
  await chmod(path, 0o400);
  return path;
}

const refusal = (env: Environment) =>
  loadConfig({}, env).then(
    () => "",
    (thrown: unknown) => toChatKitError(thrown).message,
  );

const ADDRESS = "postgres://u:planted-password@h/d";

describe("a secret in a file", () => {
  test("is taken for every secret there is, and for the database's address", async () => {
    const secrets = OPTION_NAMES.filter((name) => (OPTIONS[name] as Option).secret);
    expect(secrets).toContain("openaiApiKey");
    for (const name of secrets) {
      const value = `planted ${crypto.randomUUID()}`;
      const loaded = await loadConfig({}, { [`${OPTIONS[name].env}_FILE`]: await file(value) });
      expect([loaded.config[name], loaded.origins[name], loaded.warnings]).toEqual([value, "secret_file", []]);
      expect(secretsOf(loaded.config)).toContain(value);
      expect(JSON.stringify(explain(loaded))).not.toContain(value);
    }
    const loaded = await loadConfig({}, { DATABASE_URL_FILE: await file(`${ADDRESS}\n`) });
    expect([loaded.config.databaseUrl, loaded.origins.databaseUrl]).toEqual([ADDRESS, "secret_file"]);
    expect(JSON.stringify(explain(loaded))).not.toContain("planted-password");
  });

  test.each([["k\n", "k"], ["k\r\n", "k"], ["k\n\n", "k"], ["k", "k"], [" k \n", " k "], ["\ufeffk\n", "k"], ["ключ\n", "ключ"]])(
    "%j is read as %j",
    async (contents, value) => expect((await loadConfig({}, { OPENAI_API_KEY_FILE: await file(contents) })).config.openaiApiKey).toBe(value),
  );

  test("may be a link, as Kubernetes mounts them, and readable by everybody", async () => {
    const [target, link] = [await file("k\n"), join(folder, "link")];
    await chmod(target, 0o444);
    await symlink(target, link);
    const { config, warnings } = await loadConfig({}, { OPENAI_API_KEY_FILE: link });
    expect([config.openaiApiKey, warnings]).toEqual(["k", []]);
  });

  test("that others may change is a warning", async () => {
    const path = await file("k");
    await chmod(path, 0o666);
    const { config, warnings } = await loadConfig({}, { OPENAI_API_KEY_FILE: path });
    expect(config.openaiApiKey).toBe("k");
    expect(warnings).toEqual([expect.stringContaining("OPENAI_API_KEY_FILE: the file can be changed")]);
  });

  test("that cannot be read, or holds nothing that could be one, is an error with its variable and without what was given", async () => {
    await mkdir(join(folder, "a folder"), { recursive: true });
    const [pipe, linkToPipe] = [join(folder, "pipe"), join(folder, "link to a pipe")];
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    await symlink(pipe, linkToPipe);
    const wrong: [string, string][] = [
      [join(folder, "planted-absent"), "there is no such file"],
      ["sk-planted-in-its-place", "there is no such file"],
      [join(folder, "a folder"), "a folder"],
      [await file(""), "empty"],
      [await file("\r\n\n"), "empty"],
      [await file(Uint8Array.of(0x61, 0xff, 0xfe)), "UTF-8"],
      [await file("x".repeat(64 * 1024 + 1)), "larger"],
      ["/dev/zero", "no regular file"],
      [pipe, "no regular file"],
      [linkToPipe, "no regular file"],
      [await file("k\nplanted\n"), "one line"],
      [await file("k\rplanted\n"), "one line"],
      [await file("k\0planted"), "one line"],
    ];
    for (const [path, message] of wrong) {
      const said = await refusal({ OPENAI_API_KEY_FILE: path });
      expect(said).toStartWith("OPENAI_API_KEY_FILE: ");
      expect(said).toContain(message);
      expect(said).not.toContain("planted");
    }
  });

  test("goes through the same checks as any value, and is not shown when they fail", async () => {
    expect(await refusal({ DATABASE_URL_FILE: await file("mysql://u:planted@h/d\n") })).toMatch(/^DATABASE_URL_FILE: expected memory:(?!.*planted)/);
    for (const alone of ["planted", "plan@ted", "plan=ted", "pl/ant:ed"]) {
      const expected = "expected memory:, sqlite:PATH or postgres://…";
      expect(await refusal({ DATABASE_URL_FILE: await file(alone) })).toBe(`DATABASE_URL_FILE: ${expected}`);
      expect(await refusal({ DATABASE_URL: alone })).toBe(`DATABASE_URL: ${expected}`);
    }
    expect(await refusal({ CHATKIT_AUTH: "jwt", CHATKIT_JWT_SECRET_FILE: await file("short\n") })).toContain("32 characters");
  });

  test("with more than one line is taken for the secret of tokens, which may be any text, and never for an address", async () => {
    const secret = `a\n${"b".repeat(32)}`;
    expect((await loadConfig({}, { CHATKIT_JWT_SECRET_FILE: await file(`${secret}\n`) })).config.jwtSecret).toBe(secret);
    for (const between of ["\n", "\r", "\0"]) {
      const said = await refusal({ DATABASE_URL_FILE: await file(`postgres://u:plan${between}ted@h/d\n`) });
      expect(said).toStartWith("DATABASE_URL_FILE: expected one line");
      expect(said).not.toMatch(/plan|ted@/);
    }
  });

  test("and in its variable as well is an error: nobody can tell which one is meant", async () => {
    const said = await refusal({ OPENAI_API_KEY: "planted", OPENAI_API_KEY_FILE: await file("planted") });
    expect(said).toBe("OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set: give one of the two");
    expect((await loadConfig({}, { OPENAI_API_KEY: "", OPENAI_API_KEY_FILE: await file("k") })).config.openaiApiKey).toBe("k");
    expect((await loadConfig({}, { OPENAI_API_KEY: "k", OPENAI_API_KEY_FILE: "" })).config.openaiApiKey).toBe("k");
  });

  test("is stronger than the configuration file, and weaker than a flag", async () => {
    const config = join(folder, "chatkit.yaml");
    await Bun.write(config, "openai_api_key: from-file\n");
    expect((await loadConfig({ config }, { OPENAI_API_KEY_FILE: await file("k") })).config.openaiApiKey).toBe("k");
    expect((await loadConfig({ databaseUrl: "memory:" }, { DATABASE_URL_FILE: await file(ADDRESS) })).config.databaseUrl).toBe("memory:");
  });

  test.each(["CHATKIT_MODEL_FILE", "OPENAI_BASE_URL_FILE", "PORT_FILE"])("is only for secrets: %s has no effect, and a warning", async (variable) => {
    expect((await loadConfig({}, { [variable]: "/x" })).warnings).toEqual([`${variable} has no effect: only secrets can be in files of their own`]);
  });
});
