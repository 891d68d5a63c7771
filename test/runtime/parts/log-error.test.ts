import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load.ts";
import { secretsOf } from "../../../src/config/secrets.ts";
import { ChatKitError } from "../../../src/errors.ts";
import { errorSerializer } from "../../../src/runtime/parts/log-error.ts";

test("an error is logged with its causes and without what clients hang on it", () => {
  const upstream = Object.assign(new TypeError("refused"), {
    code: "ECONNREFUSED",
    headers: { authorization: "Bearer x" },
    request: { body: "my diary" },
  });
  const logged = errorSerializer([])(new ChatKitError("model_unavailable", { cause: upstream }));
  expect(logged).toMatchObject({
    type: "ChatKitError",
    code: "model_unavailable",
    status: 502,
    cause: { type: "TypeError", message: "refused", code: "ECONNREFUSED" },
  });
  expect(JSON.stringify(logged)).not.toMatch(/diary|Bearer/);
});

test("secrets in force are masked wherever an error quotes them", async () => {
  const { config } = await loadConfig({}, { OPENAI_API_KEY: "sk-planted", DATABASE_URL: "postgres://app:pass%20word@db/chat" });
  const logged = errorSerializer(secretsOf(config))(new Error("no such key sk-planted", { cause: new Error("pass word, pass%20word") }));
  expect(JSON.stringify(logged)).not.toMatch(/planted|pass%20word|pass word/);
  expect(logged.message).toBe("no such key ********");
});

test("a circle of causes ends, and what is no error is shown as text", () => {
  const circular = new Error("round");
  circular.cause = circular;
  expect(JSON.stringify(errorSerializer([])(circular)).length).toBeLessThan(20_000);
  expect(errorSerializer([])("just text")).toEqual({ type: "string", message: "just text" });
});

test("whatever is thrown can be logged, without the fields that hang on it", () => {
  const serialize = errorSerializer(["planted-secret"]);
  const bare = Object.assign(Object.create(null) as object, { headers: "planted" });
  const throws = { toString: () => { throw new Error("planted"); } };
  expect([null, undefined, 42, bare, throws, { headers: "planted" }, "no planted-secret"].map((thrown) => serialize(thrown).message)).toEqual([
    "null", "undefined", "42", "[object]", "[object]", "[object Object]", "no ********",
  ]);
});

/** What a program writes in both forms. */
async function written(): Promise<string> {
  const script = `
    import { loadConfig } from "./src/config/load.ts";
    import { createLogger } from "./src/runtime/parts/logger.ts";
    import { ChatKitError } from "./src/errors.ts";
    class KeyRefused extends Error {}
    const { config } = await loadConfig({ logFormat: "pretty", logUserIds: "hashed" }, {});
    const cause = new KeyRefused("401 no such key", { cause: Object.assign(new Error("socket"), { code: "ECONNRESET" }) });
    createLogger(config).error({ user_id: "ada@example.com", err: new ChatKitError("model_unavailable", { cause, reason: "unreachable" }) }, "an answer failed");
    const hostile = "a\\u009b31m\\u0085b\\u2028c\\u202ed\\u001b[2Je\\u007f\\nf";
    for (const logFormat of ["pretty", "json"]) createLogger({ ...config, logFormat, logUserIds: "plain" }).error({ user_id: hostile, err: new Error(hostile) }, "hostile");`;
  const child = Bun.spawn([process.execPath, "--no-install", "-e", script], { cwd: join(import.meta.dir, "../../.."), stderr: "pipe" });
  return new Response(child.stderr).text();
}

test("the pretty form has the same facts: class, code and status of each cause, the reason to count by, and whose fault it was; no form writes what moves a cursor or ends a line (CWE-117)", async () => {
  const text = await written();
  expect(text).toMatch(/ERROR an answer failed {"reason":"unreachable","user_id":"[0-9a-f]{16}"}\nChatKitError: .* \(code model_unavailable, status 502\)\n/);
  expect(text).toMatch(/\ncaused by KeyRefused: 401 no such key\n[^]*\ncaused by Error: socket \(code ECONNRESET\)\n/);
  expect(text).not.toContain("ada@");
  expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]/);
  const escaped = "a\\u009b31m\\u0085b\\u2028c\\u202ed\\u001b[2Je\\u007f";
  expect(text).toMatch(new RegExp(`ERROR hostile {"user_id":"${RegExp.escape(escaped)}\\\\nf"}\nError: ${RegExp.escape(escaped)}\nf\n`));
  expect(JSON.parse(text.slice(text.indexOf('{"level"')))).toMatchObject({ user_id: "a\u009b31m\u0085b\u2028c\u202ed\u001b[2Je\u007f\nf", msg: "hostile" });
});
