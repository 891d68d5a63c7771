import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { openaiAccess } from "../../src/config/openai.ts";
import { ChatKitError } from "../../src/errors.ts";
import { emptyFolder } from "../support/binary.ts";

test("the key and the address come from the environment alone", () => {
  expect(openaiAccess({ OPENAI_API_KEY: "sk-1" })).toEqual({ apiKey: "sk-1", baseUrl: "https://api.openai.com/v1", warnings: [] });
  // As keys are pasted; an empty address is none.
  expect(openaiAccess({ OPENAI_API_KEY: " sk-1\n", OPENAI_BASE_URL: "" }).apiKey).toBe("sk-1");
  expect(openaiAccess({ OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: "http://127.0.0.1:9/v1/" }).baseUrl).toBe("http://127.0.0.1:9/v1");
});

test("the key may be in a file", async () => {
  await using folder = await emptyFolder();
  const path = join(folder.path, "key");
  writeFileSync(path, "sk-of-the-file\n");
  expect(openaiAccess({ OPENAI_API_KEY_FILE: path }).apiKey).toBe("sk-of-the-file");
});

test.each([
  [{}, "OPENAI_API_KEY is not set"],
  [{ OPENAI_API_KEY: "  " }, "OPENAI_API_KEY is not set"],
  [{ OPENAI_API_KEY: "sk-1\nsk-2" }, "OPENAI_API_KEY: expected one line"],
  [{ OPENAI_API_KEY: "sk-ü" }, "OPENAI_API_KEY is no key"],
  [{ OPENAI_API_KEY: "sk-1", OPENAI_API_KEY_FILE: "/run/secrets/key" }, "OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set"],
  [{ OPENAI_API_KEY_FILE: "/nowhere/key" }, "OPENAI_API_KEY_FILE: the file it names cannot be read"],
  [{ OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: "api.openai.com" }, "OPENAI_BASE_URL: expected an http:// or https:// address"],
])("%p is refused in a line that does not show the key", (env, message) => {
  let thrown: unknown;
  try {
    openaiAccess(env);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ChatKitError);
  expect((thrown as Error).message).toStartWith(message);
  expect((thrown as Error).message).not.toContain("sk-");
});
