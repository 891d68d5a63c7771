import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { parseSince } from "../../src/cli/import-options.ts";
import { runVerb } from "../../src/cli/program.ts";
import type { Actions } from "../../src/cli/verbs.ts";
import { TransferError } from "../../src/transfer/transfer-error.ts";
import type { Manifest } from "../../src/transfer/saved/manifest.ts";
import type { SavedReport } from "../../src/transfer/saved-report.ts";

const content = { bytes: 0, lines: 0, sha256: "" };
const manifest: Manifest = {
  format: "chatkit hosted threads, version 1",
  complete: true,
  program: "chatkit-server 1",
  source: "https://api.openai.com/v1",
  asked: { user: null, since: null },
  began_at: "2026-11-26T10:00:00.000Z",
  ended_at: "2026-11-26T10:00:09.000Z",
  users: 3,
  threads: 5000,
  items: 61204,
  items_by_type: { assistant_message: 30000, "user_message\u001b[2J": 31204 },
  attachments: { saved: 140, lost: 0, without_address: 12 },
  gone_at_source: 0,
  items_gone_at_source: 0,
  missing: 0,
  files: { "threads.jsonl": content, "items.jsonl": content, "attachments.jsonl": content, "missing.jsonl": content },
};
const report: SavedReport = { folder: "saved", manifest, missing: [], run: { threads: 1, items: 2, requests: 1234 } };
const missing = Array.from({ length: 25 }, (_, i) => ({ thread: `cthr_${i}`, reason: "HTTP 500" }));
const partly: SavedReport = { ...report, manifest: { ...manifest, complete: false, missing: 25, threads: 0 }, missing };

const before = { key: process.env["OPENAI_API_KEY"], url: process.env["OPENAI_BASE_URL"] };
beforeEach(() => {
  process.env["OPENAI_API_KEY"] = "sk-test";
  delete process.env["OPENAI_BASE_URL"];
});
afterEach(() => {
  for (const [name, value] of [
    ["OPENAI_API_KEY", before.key],
    ["OPENAI_BASE_URL", before.url],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function run(args: string[], actions: Partial<Pick<Actions, "saveHosted" | "checkSaved" | "conversations">> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await runVerb(["import", "openai", ...args], actions as Actions, output);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("import openai --raw", () => {
  test("hands on what is wanted", async () => {
    let request: unknown;
    const saveHosted: Actions["saveHosted"] = async (given) => ((request = given), report);
    const { code } = await run(["--raw", "saved", "--user", "u 1", "--since", "2025-11-01"], { saveHosted });
    expect(code).toBe(0);
    expect(request).toEqual({
      folder: "saved",
      source: { apiKey: "sk-test", baseUrl: "https://api.openai.com/v1" },
      wanted: { user: "u 1", sinceMs: Date.UTC(2025, 10, 1) },
    });
  });

  test("reports what is there", async () => {
    const { out } = await run(["--raw", "saved"], { saveHosted: async () => report });
    expect(out.split("\n")).toEqual([
      "saved in saved: all is there",
      "users                3",
      "threads              5,000",
      "items                61,204",
      "  assistant_message  30,000",
      "  user_message [2J   31,204",
      "attachments          140 saved, 0 lost, 12 without a preview at the source",
      "this run looked at 1 thread, read 2 new or changed items, sent 1,234 requests",
    ]);
    expect(JSON.parse((await run(["--raw", "saved", "--json"], { saveHosted: async () => report })).out)).toEqual(report);
  });

  test("does not take a part of a project for the whole", async () => {
    const part = { ...report, manifest: { ...report.manifest, asked: { user: "u 1", since: "2025-11-01T00:00:00.000Z" } } };
    const { out } = await run(["--raw", "saved"], { saveHosted: async () => part });
    const what = "all that was asked for (threads made since 2025-11-01T00:00:00.000Z, those of user u 1; not the whole project)";
    expect(out.split("\n")[0]).toBe(`saved in saved: ${what} is there`);
  });

  test("is 1 when something is missing, and lists it", async () => {
    const { code, out } = await run(["--raw", "saved"], { saveHosted: async () => partly });
    expect(code).toBe(1);
    const lines = out.split("\n");
    expect(lines).toContain("missing: 25");
    expect(lines).toContain("  thread cthr_19: HTTP 500");
    expect(lines).toContain("  … and 5 more, all in missing.jsonl");
    expect(out).toContain("there are no threads: is it the key of the right project?");
  });

  test.each([
    [new TransferError("the key is not accepted", true), 2],
    [new TransferError("the disk is full"), 1],
  ])("%#: what ends it is one line", async (thrown, code) => {
    const ended = await run(["--raw", "saved"], { saveHosted: () => Promise.reject(thrown) });
    expect([ended.code as number, ended.err, ended.out]).toEqual([code, `error: ${thrown.message}`, ""]);
  });

  test("is 1 when its report could not be written", async () => {
    const output = { out: () => false, err: () => true };
    const actions = { saveHosted: async () => report } as Partial<Actions> as Actions;
    expect(await runVerb(["import", "openai", "--raw", "saved"], actions, output)).toBe(1);
  });

  test("without a key is 2, in one line", async () => {
    delete process.env["OPENAI_API_KEY"];
    expect(await run(["--raw", "saved"])).toEqual({
      code: 2,
      out: "",
      err: "error: OPENAI_API_KEY is not set: it is the key of the project",
    });
  });
});

describe("import openai --check", () => {
  test("needs no key", async () => {
    delete process.env["OPENAI_API_KEY"];
    const checkSaved = async () => ({ folder: "saved", manifest, missing: [], problems: [] });
    const { code, out } = await run(["--check", "saved"], { checkSaved });
    expect([code, out.split("\n")[0]]).toEqual([0, "saved is whole"]);
  });

  test("is 1 for a folder that is not as it was saved, or that lacks something", async () => {
    const damaged = await run(["--check", "saved"], {
      checkSaved: async () => ({ folder: "saved", manifest, missing: [], problems: ["a", "b"] }),
    });
    expect([damaged.code as number, damaged.out]).toEqual([1, expect.stringContaining("saved is not as it was saved\n  a\n  b\nto mend it, run its import again")]);
    const lacking = await run(["--check", "saved"], { checkSaved: async () => ({ ...partly, problems: [] }) });
    expect([lacking.code as number, lacking.out.split("\n")[0]]).toEqual([1, "saved is as it was saved, and something is missing"]);
  });
});

test("without a folder it saves into one beside, which then goes into the database; what is not whole does not", async () => {
  const done: unknown[] = [];
  const saveHosted: Actions["saveHosted"] = async ({ folder, wanted }) => (done.push([folder, wanted.user]), report);
  const importSaved = async (_loaded: unknown, ...given: unknown[]) => (done.push(given), { threads: 2, items: { widget: { taken: 3, left: 1 } }, attachments: 0, previews: { taken: 5, damaged: 1, noPlace: 0 }, withoutUser: 1 });
  const conversations = async () => ({ importSaved }) as unknown as Awaited<ReturnType<Actions["conversations"]>>;
  const { code, out } = await run(["--user", "ada", "--database-url", "memory:"], { saveHosted, conversations });
  expect([code, done]).toEqual([0, [["openai-import", "ada"], ["openai-import", { userId: "ada", since: undefined }]]]);
  expect(out).toContain("imported: 2 threads, 0 attachments\n  widget: 3, and 1 that this server cannot show\n5 previews can be seen in the conversations\n1 preview not taken: no picture, or not in the folder any more\n1 thread of nobody");
  expect((await run([], { saveHosted: async () => partly, conversations })).code).toBe(1);
  expect(done).toHaveLength(2);
});

test.each([
  [["--raw"], "argument missing"],
  [["--raw", ""], "It has to name a folder."],
  [["--raw", "a", "b"], "too many arguments"],
  [["--raw", "a", "--check", "a"], "cannot be used with"],
  [["--check", "a", "--since", "2025-01-01"], "cannot be used with"],
  [["--raw", "a", "--user", ""], "A user has 1 to 512 characters."],
  [["--raw", "a", "--user", "u".repeat(513)], "A user has 1 to 512 characters."],
  [["--raw", "a", "--since", "yesterday"], "Expected a date"],
  [["--raw", "a", "--since", "2999-01-01"], "It lies in the future."],
  [["--raw", "a", "--api-key", "sk-1"], "unknown option"],
])("%p is misuse: a hint on standard error, and 2", async (args, message) => {
  const { code, out, err } = await run(args);
  expect([code as number, out]).toEqual([2, ""]);
  expect(err).toContain(message);
});

describe("a date", () => {
  test.each([
    ["2025-11-01", "2025-11-01T00:00:00.000Z"],
    ["2025-11-01T09:30", "2025-11-01T09:30:00.000Z"],
    ["2025-11-01 09:30:15", "2025-11-01T09:30:15.000Z"],
    ["2025-11-01T09:30:00Z", "2025-11-01T09:30:00.000Z"],
    ["2025-11-01T09:30:00.250+02:00", "2025-11-01T07:30:00.250Z"],
    ["2025-11-01t09:30:00-0500", "2025-11-01T14:30:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ])("%s is %s", (given, moment) => {
    expect(new Date(parseSince(given)).toISOString()).toBe(moment);
  });

  test.each([
    "2025-02-30",
    "2025-02-29",
    "2025-13-01",
    "2025-11-01T25:00",
    "2025-11-01T10:61",
    "2025-11",
    "20251101",
    "1730000000",
    "01.11.2025",
    "",
  ])("%p is none", (given) => {
    expect(() => parseSince(given)).toThrow("Expected a date");
  });
});
