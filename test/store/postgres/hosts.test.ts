import { describe, expect, test } from "bun:test";
import postgres from "postgres";
import { sessionAttrs, writableHost } from "../../../src/store/postgres/hosts.ts";
import { PostgresStore } from "../../../src/store/postgres/store.ts";
import { freePort } from "../../support/free-port.ts";
import { newDatabase } from "../../support/postgres.ts";
import { allItems, addTexts, refusal, savedThread, someone } from "../rows.ts";

const host = (name: string) => ({ host: name, port: 5432 });

describe("of several hosts", () => {
  test("the one that takes writes is found, wherever it stands and whatever the others do", async () => {
    const look = async ({ host: name }: { host: string }) => {
      if (name === "silent") await new Promise(() => {});
      if (name !== "primary") throw new Error(name);
    };
    for (const names of [["primary", "standby"], ["standby", "primary"], ["silent", "gone", "primary"]]) {
      expect(await writableHost(names.map(host), look as Parameters<typeof writableHost>[1], 1000)).toEqual(host("primary"));
    }
  });

  test("one that is promoted meanwhile is found, and where there is none the first one's refusal is told", async () => {
    let looks = 0;
    const promoted = async () => {
      if (++looks < 4) throw new Error("standby");
    };
    expect(await writableHost([host("a")], promoted, 5000)).toEqual(host("a"));
    expect(await refusal(writableHost([host("a"), host("b")], () => Promise.reject(new Error("standby")), 300))).toMatchObject({ message: "standby" });
  });

  test("a database is used by way of the one that is there", async () => {
    const url = new URL(await newDatabase());
    const several = `postgres://postgres@127.0.0.1:${await freePort()},${url.host}${url.pathname}?target_session_attrs=read-write`;
    const store = new PostgresStore({ url: several });
    await store.migrate();
    const me = someone();
    const { id } = await savedThread(store, me);
    await addTexts(store, id, me, ["one"]);
    expect(await allItems(store, id, me)).toHaveLength(1);
    await store.close();
  });

  test("none is written to while all are read-only", async () => {
    const url = await newDatabase();
    const store = new PostgresStore({ url });
    await store.migrate();
    await store.close();
    const admin = postgres(url, { max: 1, onnotice: () => {} });
    const [name] = [new URL(url).pathname.slice(1)];
    await admin.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    const several = new PostgresStore({ url: `${url}?target_session_attrs=read-write` });
    expect(await refusal(savedThread(several, someone()))).toMatchObject({ code: "store_unavailable", trouble: "read_only" });
    await admin.unsafe("set default_transaction_read_only = off");
    await admin.unsafe(`alter database ${name} set default_transaction_read_only = off`);
    await savedThread(several, someone());
    await several.close();
    await admin.end();
  }, 30_000);
});

test("a database URL that asks for a server that is only read is refused", () => {
  expect(() => new PostgresStore({ url: "postgres://a,b/c?target_session_attrs=standby" })).toThrow("target_session_attrs");
  expect(sessionAttrs("postgres://a,b/c?target_session_attrs=read-write&sslmode=require")).toEqual({ url: "postgres://a,b/c?sslmode=require", mustWrite: true });
  expect(sessionAttrs("postgres://a/c?sslmode=require")).toEqual({ url: "postgres://a/c?sslmode=require", mustWrite: false });
});
