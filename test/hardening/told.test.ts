import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runVerb } from "../../src/cli/program.ts";
import { explain } from "../../src/config/explain.ts";
import { loadConfig } from "../../src/config/load.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { toChatKitError } from "../../src/errors.ts";
import { testApp } from "../support/http.ts";

/** What somebody who reads what the program says would find out, one test for each way, named by its weakness. */

const SPELLINGS = [
  "postgres://u:planted@h/d",
  "postgres://u:plan@ted@h/d",
  "postgres://u:1/planted@h/d",
  "postgres://u:1?planted@h/d",
  "postgres://u:1#planted@h/d",
  "postgres://u:planted@[h/d",
  "postgres://u:planted@h1:1,h2:2/d",
  "postgres://u:planted%@h/d",
  "postgres://h/d?user=u&password=planted&sslmode=require",
  "postgres://h/d?pass%77ord=planted",
  "postgres://h/d?sslpassword=pl&anted",
  "postgres://h/d?password=pl#anted",
  "postgres//u:planted@h/d",
  "postgres:/u:planted@h/d",
  "postgres:u:planted@h/d",
  "postgres;//u:planted@h/d",
  "//u:planted@h/d",
  "u:planted@h/d",
  ":planted@h",
  "postgres%3A%2F%2Fu%3Aplanted%40h%2Fd",
  "host=db user=app password=planted dbname=chat",
  "host=db password='plan ted' dbname=chat",
  "host=db password='planted",
  "host=db\tPASSWORD = planted",
  "Server=h;User Id=u;Password=planted;",
  "jdbc:postgresql://h/d?user=u&password=planted",
  "https://u:planted@a.example",
  "https://planted@a.example",
  "https://u:planted@a.example/v1?key=planted",
  "https://h/v1?api-key=planted#access_token=planted",
  "https://a.example,https://u:planted@b.example",
  "HTTPS://u:planted@a.example:99999",
  "redis://:planted@h",
];
const ADDRESSES = ["databaseUrl", "openaiBaseUrl", "publicUrl", "jwtJwksUrl", "corsOrigins", "allowedHosts", "trustedProxies"] as const;

describe("what the program says about its configuration", () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "told-"))));
  afterAll(() => rm(folder, { recursive: true }));

  test.each(SPELLINGS)("CWE-532: holds no secret of an address that is spelled %j, whichever option it was given to", async (address) => {
    for (const { env } of ADDRESSES.map((name) => OPTIONS[name])) {
      const said = await loadConfig({}, { [env]: address, CHATKIT_AUTH: "none" }).then(
        (loaded) => JSON.stringify([explain(loaded), loaded.warnings]),
        (thrown: unknown) => toChatKitError(thrown).message,
      );
      expect(said, env).not.toMatch(/plan|anted|\bted\b/);
    }
  });

  test("CWE-532: holds no part of a line of the file that is written wrong", async () => {
    const lines = [
      ...["openai_api_key sk-planted", "openai_api_key:sk-planted", "openai_api_key= sk-planted", "database_url postgres://u:planted@h/d", "database_url:postgres://u:planted@h/d"],
      ...["*", "&", "!", "@", "`", "%", "{", "[", '"', "'", ">", "|", "- ", "a: ", "!!", "!<"].map((start) => `openai_api_key: ${start}sk-planted`),
    ];
    for (const line of lines) {
      const config = join(folder, "chatkit.yaml");
      await Bun.write(config, `port: 1\n${line}\nhost: localhost\n`);
      const said = await loadConfig({ config }, {}).then(
        (loaded) => JSON.stringify(explain(loaded)),
        (thrown: unknown) => toChatKitError(thrown).message,
      );
      expect(said, line).not.toContain("planted");
    }
  });

  test("CWE-532: holds no secret that was given in a place where none belongs", async () => {
    const said: string[] = [];
    const output = { out: (line: string) => void said.push(line), err: (line: string) => void said.push(line) };
    const unused = () => Promise.reject(new Error("not used here"));
    const wrong = [
      ["postgres://u:planted@h/d"],
      ["serve", "--openai-api-key=planted"],
      ["serve", "--jwt-secret=planted"],
      ["check", "--database-url", "host=h password=planted"],
      ["check", "--cors-origins", "https://u:planted@a.example/x"],
      ["migrate", "--database-url=u:planted@h"],
      ["health", "--url", "https://u:planted@127.0.0.1:1"],
      ["health", "--json", "--url", "http://u:planted@127.0.0.1:1/?key=planted"],
      ["init", "--token=planted", "x"],
      ["import", "openai", "--api-key=planted"],
    ];
    for (const args of wrong) {
      said.length = 0;
      const transfer = { saveHosted: unused, checkSaved: unused };
      await runVerb(args, { serve: unused, checkAgent: unused, migrate: unused, init: unused, recipes: unused, conversations: unused, ...transfer }, output);
      expect(said.join("\n"), args.join(" ")).not.toContain("planted");
      expect(said).not.toEqual([]);
    }
  });
});

describe("what a route of a module's says when it fails", () => {
  test("CWE-209: is nothing of what it threw, whatever that was, and is in the form of every other failure", async () => {
    for (const thrown of ["planted", { toString: () => "planted" }, new Error("planted"), null, 7]) {
      const { app } = testApp();
      app.get("/throws", () => {
        throw thrown;
      });
      const response = await app.request("/throws");
      expect([response.status, response.headers.get("x-content-type-options"), response.headers.get("x-request-id")]).toEqual([500, "nosniff", expect.stringMatching(/^req_/)]);
      expect(await response.text()).toMatch(/^\{"message":"Something went wrong\.","error":\{"code":"internal",/);
    }
  });

  test("CWE-20: is that a body is wrong, not that the server is", async () => {
    const { app } = testApp();
    app.post("/pay", async (c) => c.json(await c.req.json()));
    app.post("/form", async (c) => c.json(await c.req.parseBody()));
    for (const body of ["", "{", "\u0000", "[1,", "undefined", "'a'"]) expect((await app.request("/pay", { method: "POST", body })).status).toBe(400);
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    for (const body of ["", "--x", "--x\r\n\r\n", "--y--"]) expect((await app.request("/form", { method: "POST", headers, body })).status).toBeLessThan(500);
  });
});
