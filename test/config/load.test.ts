import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain, maskUrl } from "../../src/config/explain.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Environment, Flags } from "../../src/config/loaded.ts";
import { OPTIONS, OPTION_NAMES, fileKey, flagName, type Option } from "../../src/config/options.ts";
import { toChatKitError } from "../../src/errors.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "chatkit-config-"))));
afterAll(() => rm(folder, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.yaml`);
  await Bun.write(path, text);
  return path;
}

/** The message of the refusal. */
async function refusal(flags: Flags, env: Environment = {}): Promise<string> {
  const error = await loadConfig(flags, env).then(
    () => undefined,
    (thrown: unknown) => toChatKitError(thrown),
  );
  expect(error?.code).toBe("config_invalid");
  return error!.message;
}

describe("precedence", () => {
  test("flags win over the environment, that over the file, that over defaults", async () => {
    const config = await file("port: 1\nhost: ::1\nmodel: from-file\nlog_level: warn\n");
    const loaded = await loadConfig({ config, port: "3" }, { PORT: "2", HOST: "127.0.0.2", LOG_LEVEL: "" });
    expect(loaded.config).toMatchObject({
      port: 3,
      host: "127.0.0.2",
      model: "from-file",
      logLevel: "warn",
      databaseUrl: "sqlite:./data/chatkit.db",
    });
    expect(loaded.origins).toMatchObject({ port: "flag", host: "environment", model: "file", logLevel: "file", databaseUrl: "default" });
  });

  test("with nothing said it is a server for this machine alone", async () => {
    const { config } = await loadConfig({}, {});
    expect(config).toMatchObject({
      host: "127.0.0.1",
      port: 8000,
      auth: "none",
      corsOrigins: [],
      maxBodyBytes: 1024 ** 2,
      heartbeat: 15_000,
    });
  });
});

describe("values", () => {
  test("sizes and times have units", async () => {
    const { config } = await loadConfig({ maxBodyBytes: "2MiB", shutdownGrace: "1m", heartbeat: "500ms", writeTimeout: "30" }, {});
    expect(config).toMatchObject({ maxBodyBytes: 2 * 1024 ** 2, shutdownGrace: 60_000, heartbeat: 500, writeTimeout: 30_000 });
  });

  test.each([
    ["port", "70000", "--port: expected a whole number from 0 to 65535"],
    ["port", "80a", "--port: expected a whole number"],
    ["auth", "basic", "--auth: expected one of none, header, jwt"],
    ["databaseUrl", "mysql://x", "--database-url: expected memory:"],
    ["databaseUrl", "sqlite:", "--database-url: expected memory:, sqlite:PATH"],
    ["databaseUrl", "sqlite://", "--database-url: expected memory:, sqlite:PATH"],
    ["databaseUrl", "postgres://u:p@[h/d", "--database-url: expected an address such as postgres://"],
    ["databaseUrl", "postgres://u:100%pw@h/d", "--database-url: expected an address such as postgres://"],
    ["corsOrigins", "https://a.example/path", "--cors-origins: expected origins such as"],
    ["corsOrigins", "https://*.com", "--cors-origins: expected origins such as"],
    ["corsOrigins", "file://", "--cors-origins: expected origins such as"],
    ["allowedHosts", "https://chat.example", "--allowed-hosts: expected names of hosts"],
    ["allowedHosts", "chat.example:8000", "--allowed-hosts: expected names of hosts"],
    ["trustedProxies", "10.0.0.0/", '--trusted-proxies: "10.0.0.0/" is no trusted proxy'],
    ["trustedProxies", "loopback,0.0.0.0/0", '--trusted-proxies: "0.0.0.0/0" is everybody: write any'],
    ["authHeader", "X User", "--auth-header: expected the name of a header"],
    ["authHeader", "", "--auth-header: expected the name of a header"],
    ["jwtIssuer", "", "--jwt-issuer: expected a value that is not blank"],
    ["agent", " ", "--agent: expected a value that is not blank"],
    ["publicUrl", "ftp://a", "--public-url: expected an http"],
    ["maxBodyBytes", "1TB", "--max-body-bytes: expected a size"],
    ["heartbeat", "soon", "--heartbeat: expected a time from 100ms to 2m"],
    ["retention", "90", "--retention: expected a time with its unit, such as 90d or 12h"],
  ] as const)("%s %p is refused by name", async (name, value, message) => {
    expect(await refusal({ [name]: value })).toContain(message);
  });

  test("a value that the reason names is not shown a second time", async () => {
    expect(await refusal({ trustedProxies: "::1/" })).toEndWith("loopback or any");
    expect(await refusal({ trustedProxies: "loopback,::1/" })).toContain('"::1/" is no trusted proxy');
  });

  test.each(["postgres://", "postgres:///d", "postgresql://u:p%25@h:5432/d?sslmode=require", "postgres://u:p@h1:1,h2:2/d", "sqlite:///srv/chat.db", "sqlite::memory:"])(
    "%s is an address of a database",
    async (address) => expect((await loadConfig({ databaseUrl: address }, {})).config.databaseUrl).toBe(address),
  );

  test.each(["mysql://u:planted@h/d", "postgres://u:planted@[h/d", "postgres:u:planted@h/d", "u:planted@h/d", "postgres://u:plan@ted%@h/d"])(
    "an address that is refused is shown without its password: %s (CWE-532)",
    async (address) => {
      const message = await refusal({ databaseUrl: address });
      expect(message).toContain("--database-url: expected");
      expect(message).toContain("********@");
      expect(message).not.toMatch(/plan|ted%/);
    },
  );

  test("everything that is wrong is said at once, under the name it was given by", async () => {
    const message = await refusal({ auth: "x" }, { PORT: "y", LOG_LEVEL: "z" });
    expect(message.split("\n").map((line) => line.split(":")[0])).toEqual(["PORT", "--auth", "LOG_LEVEL"]);
  });
});

describe("the file", () => {
  test("takes lists, numbers and comments", async () => {
    const config = await file("# mine\ncors_origins:\n  - https://a.example\n  - https://b.example\nport: 9000\n");
    const loaded = await loadConfig({ config }, {});
    expect(loaded.config).toMatchObject({ corsOrigins: ["https://a.example", "https://b.example"], port: 9000 });
    expect(loaded.file).toBe(config);
  });

  test("an unknown key is an error with its line and the keys there are", async () => {
    const config = await file("port: 9000\ndatabse_url: sqlite:x\n");
    const message = await refusal({ config });
    expect(message).toContain(`${config}:2: unknown key "databse_url"`);
    expect(message).toContain("database_url");
  });

  test("broken YAML is an error with its line that does not quote it: it may hold a secret", async () => {
    const config = await file('port: 9000\nopenai_api_key: "sk-planted\n');
    const message = await refusal({ config });
    expect(message).toContain(`${config}:`);
    expect(message).not.toContain("sk-planted");
  });

  test("a file that was named has to be there, and has to hold options", async () => {
    expect(await refusal({ config: join(folder, "absent.yaml") })).toContain("cannot be read");
    expect(await refusal({ config: await file("- a\n- b\n") })).toContain("expected options");
    expect(await refusal({ config: await file("port:\n  a: 1\n") })).toContain("port: expected one value");
  });

  test("an empty one says nothing", async () => {
    expect((await loadConfig({ config: await file("# nothing yet\n") }, {})).config.port).toBe(8000);
  });
});

describe("rules between options", () => {
  test.each(["0.0.0.0", "::", "192.0.2.1", "chat.example"])("%s needs somebody to say who may ask", async (host) => {
    expect(await refusal({ host })).toContain("--auth");
    expect((await loadConfig({ host, auth: "none" }, {})).config.auth).toBe("none");
    expect((await loadConfig({ host }, { CHATKIT_AUTH: "header" })).config.auth).toBe("header");
  });

  test.each(["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])("%s does not", async (host) => {
    expect((await loadConfig({ host }, {})).config.host).toBe(host);
  });

  test("* as an origin and variables that mean nothing are warned about", async () => {
    const { warnings } = await loadConfig({ corsOrigins: "*" }, { CHATKIT_DATABSE_URL: "memory:" });
    expect(warnings.join("\n")).toContain("every web page");
    expect(warnings.join("\n")).toContain("CHATKIT_DATABSE_URL");
  });

  test("tokens need one key, a secret that cannot be guessed, and of a key set an audience or issuer", async () => {
    const secret = "x".repeat(32);
    expect(await refusal({ auth: "jwt" })).toContain("needs one of");
    expect(await refusal({ auth: "jwt", jwtJwksUrl: "https://a.example/jwks" }, { CHATKIT_JWT_SECRET: secret })).toContain("needs one of");
    expect(await refusal({ auth: "jwt" }, { CHATKIT_JWT_SECRET: "short" })).toContain("32 characters");
    expect(await refusal({ auth: "jwt", jwtJwksUrl: "https://a.example/jwks" })).toContain("jwt_audience");
    expect((await loadConfig({ auth: "jwt" }, { CHATKIT_JWT_SECRET: secret })).config.auth).toBe("jwt");
    const warnings = async (flags: Flags) => (await loadConfig({ auth: "jwt", ...flags }, {})).warnings;
    expect(await warnings({ jwtPublicKeyFile: "key.pem" })).toEqual([expect.stringContaining("made for other programs")]);
    expect(await warnings({ jwtPublicKeyFile: "key.pem", jwtAudience: "chat" })).toEqual([]);
    expect(await warnings({ jwtJwksUrl: "http://issuer.example/jwks", jwtAudience: "chat" })).toEqual([expect.stringContaining("not https")]);
    expect(await warnings({ jwtJwksUrl: "http://[::1]:8080/jwks", jwtIssuer: "https://issuer.example" })).toEqual([]);
  });

  test("a heartbeat has to come before the write timeout", async () => {
    expect(await refusal({ heartbeat: "60s", writeTimeout: "60s" })).toContain("heartbeat");
  });
});

describe("what is shown of it", () => {
  test("times and sizes have the unit in which they are a whole number", async () => {
    const rows = explain(await loadConfig({ retention: "90d", heartbeat: "90s", writeTimeout: "120s", lease: "3500ms", maxBodyBytes: "1536k" }, {}));
    const shown = Object.fromEntries(rows.map(({ option, value }) => [option, value]));
    expect(shown).toMatchObject({ retention: "90d", heartbeat: "90s", write_timeout: "2m", lease: "3500ms", max_body_bytes: "1536KiB", port: 8000 });
  });

  test("every option has its value and origin, and no secret is in it", async () => {
    const env = { OPENAI_API_KEY: "sk-planted", DATABASE_URL: "postgres://app:planted@db/chat?sslpassword=planted&sslmode=require" };
    const rows = explain(await loadConfig({}, env));
    expect(rows.map(({ option }) => option)).toEqual(OPTION_NAMES.map(fileKey));
    expect(JSON.stringify(rows)).not.toContain("planted");
    expect(rows.find(({ option }) => option === "openai_api_key")).toMatchObject({ value: "********", origin: "environment" });
    expect(rows.find(({ option }) => option === "database_url")?.value).toBe(
      "postgres://app:********@db/chat?sslpassword=********&sslmode=require",
    );
  });

  test.each([
    ["postgres://u:p@h/d", "postgres://u:********@h/d"],
    ["postgres://u:p@ss@h/d", "postgres://u:********@h/d"],
    ["postgres://u:p@h1:1,h2:2/d", "postgres://********@h1:1,h2:2/d"],
    ["postgres://u@h/d", "postgres://u@h/d"],
    ["sqlite:./data/chat.db", "sqlite:./data/chat.db"],
    ["https://h/?api_key=p", "https://h/?api_key=********"],
  ])("%s is shown as %s", (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });
});

describe("limits that depend on who asks", () => {
  const shown = async (flags: Flags, option: string) => explain(await loadConfig(flags, {})).find((one) => one.option === option)?.value;

  test("are none where everybody is one user, and are shown as they are in force elsewhere", async () => {
    expect(await shown({}, "max_refusals_per_minute")).toBe(0);
    expect(await shown({ auth: "header" }, "max_refusals_per_minute")).toBe(60);
    expect(await shown({ auth: "header", maxRefusalsPerMinute: "0" }, "max_refusals_per_minute")).toBe(0);
    expect(await shown({ maxAnswers: "7" }, "max_answers")).toBe(7);
  });
});

describe("the table of options", () => {
  test("no secret has a flag, and no two options share a name", () => {
    const options = OPTION_NAMES.map((name): Option => OPTIONS[name]);
    expect(options.filter(({ secret, flag }) => secret && flag)).toEqual([]);
    for (const names of [options.map(({ env }) => env), OPTION_NAMES.map(flagName), OPTION_NAMES.map(fileKey)]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
