import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load.ts";
import { maskInText, maskRefused, maskUrl, secretsIn } from "../../src/config/mask.ts";
import { secretsOf } from "../../src/config/secrets.ts";

describe("an address without its secrets", () => {
  test.each([
    ["postgres://u:planted@h/d", "postgres://u:********@h/d"],
    ["postgres://u:pl%61nted@h/d", "postgres://u:********@h/d"],
    ["postgres://u:1/planted@h/d", "postgres://********@h/d"],
    ["postgres://u:1?planted@h/d", "postgres://********@h/d"],
    ["postgres://h/d?user=u&pass%77ord=planted&sslmode=require", "postgres://h/d?user=u&pass%77ord=********&sslmode=require"],
    ["postgres://h/d?password=planted&more#than", "postgres://h/d?password=********"],
    ["https://u:planted@h:8443/v1?key=planted", "https://********@h:8443/v1?key=********"],
    ["https://sk-planted@h/v1", "https://********@h/v1"],
    ["https://h/#access_token=planted", "https://h/#access_token=********"],
    ["https://h/@scope/x", "https://h/@scope/x"],
    ["https://planted@h/@scope/x", "https://********@h/@scope/x"],
    ["https://u:planted@h,https://u:planted@i", "https://********@h,https://********@i"],
    ["https://planted@h/https://planted@i/v1", "https://********@h/https://********@i/v1"],
    ["s3://planted@bucket/prefix", "s3://********@bucket/prefix"],
    ["https://h/v1?size=1&api-version=2024-02-01-preview", "https://h/v1?size=********&api-version=2024-02-01-preview"],
    ["https://h/v1?code=planted", "https://h/v1?code=********"],
    ["https://h/v1?planted", "https://h/v1?********"],
    ["https://h/v1?a=planted&planted", "https://h/v1?a=********"],
    ["https://h/v1;jsessionid=planted", "https://h/v1;jsessionid=********"],
    ["https://h/v1;planted/x?code=planted#planted", "https://h/v1;********?code=********"],
    ["https://h/v1#planted", "https://h/v1#********"],
    ["https://h/hooks/planted0planted0planted/v1?size=1", "https://h/hooks/********/v1?size=********"],
    ["https://h/v1/sk-planted0/x", "https://h/v1/********/x"],
    ["https://h/openai/deployments/gpt-4o-2024-08-06/chat", "https://h/openai/deployments/gpt-4o-2024-08-06/chat"],
    ["postgres://u@h/d?options=-c%20password%3Dplanted", "postgres://u@h/d?options=********"],
    ["postgres://u@h/d?application_name=x%26password%3Dplanted", "postgres://u@h/d?application_name=********"],
    ["postgres://h1,u:planted/d", "postgres://h1,u:********/d"],
    ["postgres://h1:1,[::1]:2/d", "postgres://h1:1,[::1]:2/d"],
    ["sqlite:/x?password=planted", "sqlite:/x?password=********"],
    ["sqlite:./a=b:c@d/e.db", "sqlite:./a=b:c@d/e.db"],
    ["claude-3@20240229", "claude-3@20240229"],
    ["./agents/a@b.ts", "./agents/a@b.ts"],
  ])("in force: %s", (address, shown) => {
    expect(maskUrl(address)).toBe(shown);
  });

  test.each([
    ["host=db user=app password=planted dbname=chat", "host=db user=app password=******** dbname=chat"],
    ["host=db password='plan ted x=y' user=app", "host=db password=******** user=app"],
    ["host=db password='plan ted", "host=db password=********"],
    ["PASSWORD = planted host=db", "PASSWORD = ******** host=db"],
    ["Server=h;User Id=u;Password=planted;", "Server=h;User Id=u;Password=********;"],
    ["jdbc:postgresql://h/d?user=u&password=planted", "jdbc:postgresql://h/d?user=u&password=********"],
    ["postgres//u:planted@h/d", "********@h/d"],
    ["postgres:/u:planted@h/d", "postgres:********@h/d"],
    ["//u:planted@h/d", "********@h/d"],
    ["u:planted@h:5432/d", "********@h:5432/d"],
    ["postgres://u:plan\nted@[h/d", "postgres://********@[h/d"],
    ["postgres%3A%2F%2Fu%3Aplanted%40h%2Fd", "********%40h%2Fd"],
    ["https://a.example,https://u:planted@b.example", "https://********@b.example"],
    ["mysql:/h", "mysql:/h"],
    ["postgres://u:planted", "postgres://u:********"],
    ["postgres://u:planted/d?x=1", "postgres://u:********"],
    ["postgres://u:123456", "postgres://u:********"],
    ["postgres%3A%2F%2Fu%3Aplanted", "postgres%3A%2F%2Fu%3A********"],
    ["password:planted", "password:********"],
    ["password:/planted", "password:********"],
    ["https:/u:planted@h", "********@h"],
    ["https:u:planted", "https:********"],
    ["h:80/v1", "h:80/v1"],
  ])("refused: %s", (address, shown) => {
    expect(maskRefused(address)).toBe(shown);
  });

  test("within a sentence, with or without quotes", () => {
    expect(maskInText('expected origins; "https://u:planted@a" is none')).toBe('expected origins; "https://********@a" is none');
    expect(maskInText("unknown option '--openai-api-key=planted'")).toBe("unknown option '--openai-api-key=********'");
    expect(maskInText("no answer from https://u:planted@h/x: timeout")).toBe("no answer from https://********@h/x: timeout");
    for (const end of ["", ":", ".", ")", "/", ", so"]) expect(maskInText(`at http://127.0.0.1:8000${end} it`)).toBe(`at http://127.0.0.1:8000${end} it`);
    expect(maskInText('at postgres://u:planted or "postgres://u:planted"')).toBe('at postgres://u:******** or "postgres://u:********"');
    const harmless = `Cannot find package "@openai/agents" at 'a.ts:1' (is it "x"?), it's at http://127.0.0.1:8000/`;
    expect(maskInText(harmless)).toBe(harmless);
  });

  test.each(["https:/u:planted@h", "http:u:planted@h", "https:\\\\u:planted@h", "https:///u:planted@h", "https:// u:planted@h", "//u:planted@h"])("%s is no web address: nothing would tell where its password is", async (address) => {
    for (const env of ["OPENAI_BASE_URL", "CHATKIT_PUBLIC_URL", "CHATKIT_JWT_JWKS_URL"]) {
      const said = await loadConfig({}, { [env]: address }).then(() => "taken", (thrown: unknown) => String(thrown));
      expect(said).toContain("expected an http:// or https:// address");
      expect(said).not.toContain("planted");
    }
  });

  test.each(["sk-planted", "planted", "ftp://h/v1/planted", "htps://h:1/planted/x", "https:///planted", "h/planted"])(
    "of an address that is refused, no path is shown, and nothing of a key in its place: %s",
    async (given) => {
      for (const env of ["OPENAI_BASE_URL", "CHATKIT_PUBLIC_URL", "CHATKIT_JWT_JWKS_URL", "DATABASE_URL"]) {
        const said = await loadConfig({}, { [env]: given }).then(() => "taken", (thrown: unknown) => String(thrown));
        expect(said).toContain(`${env}: expected`);
        expect(said).not.toContain("planted");
      }
    },
  );

  test("the secrets are those that are kept out of the log, as written and as sent", async () => {
    expect(secretsIn("postgres://u:pass%20word@h/d?sslpassword=other")).toEqual(["pass%20word", "pass word", "other"]);
    const { config } = await loadConfig({}, {
      DATABASE_URL: "postgres://u:planted-1@h1:1,h2:2/d?password=planted-2",
      OPENAI_BASE_URL: "https://u:planted-3@h/v1",
      CHATKIT_MODEL: "claude@20240229",
      OPENAI_API_KEY: "planted-4",
    });
    expect(secretsOf(config).sort()).toEqual(["planted-1", "planted-2", "planted-3", "planted-4"]);
  });

  test("strings shorter than 8 characters are left alone: they are found in innocent words", async () => {
    const { config } = await loadConfig({}, { DATABASE_URL: "postgres://u:chatkit@h/d", OPENAI_API_KEY: "unused" });
    expect(secretsOf(config)).toEqual([]);
  });
});
