import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { PgBouncer } from "../support/pgbouncer.ts";
import { behindPooler } from "./scenarios/behind-pooler.ts";
import { blackHole } from "./scenarios/black-hole.ts";
import { clockStep, libfaketime } from "./scenarios/clock-step.ts";
import { databaseRestart } from "./scenarios/database-restart.ts";
import { failover } from "./scenarios/failover.ts";
import { outage } from "./scenarios/outage.ts";
import { LEASE_MS, type Kind } from "./world.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

describe.concurrent("PostgreSQL", () => {
  test("killed under load and started again loses nothing acknowledged, is only ever unavailable, and soon is back", async () => {
    const figures = await databaseRestart({ rounds: 2, clients: 6 });
    expect(figures).toMatchObject({ lost: 0, unexpected: "", crashed: 0 });
    expect(figures["told"]).toBeGreaterThan(100);
    expect(figures["refused"]).toBeGreaterThan(0);
    expect(figures["normal_after_ms"]).toBeLessThan(5000);
  });

  test("whose standby is promoted under load loses nothing acknowledged, and is found there", async () => {
    const figures = await failover({ clients: 6 });
    expect(figures).toMatchObject({ lost: 0, unexpected: "", crashed: 0, written_to_the_standby: 0 });
    expect(figures["told_before"]).toBeGreaterThan(20);
    expect(figures["normal_after_ms"]).toBeLessThan(5000);
  });

  if (!PgBouncer.isInstalled) console.log("PgBouncer is not installed here: the program is not tried behind it");
  test.if(PgBouncer.isInstalled)("behind PgBouncer in transaction mode loses nothing when that is killed, and mixes up no statements", async () => {
    const figures = await behindPooler();
    expect(figures).toMatchObject({ lost: 0, unexpected: "", crashed: 0 });
    expect(figures["told"]).toBeGreaterThan(20);
    expect(figures["connections"]).toBeLessThanOrEqual(3);
    expect(figures["normal_after_ms"]).toBeLessThan(5000);
  });
});

describe.concurrent.each<Kind>(["sqlite", "postgres"])("%s", (kind) => {
  test("that is away for longer than a lease costs no answer a word, and its readers are told in time", async () => {
    const figures = await outage(kind);
    expect(figures).toMatchObject({ threads: 5, words_lost: 0, different: 0, told: 5, told_wrongly: 0, asked_again: 5, read_on: 5, model_calls: 5 });
    expect(figures["told_ms"]).toBeLessThan(10_000);
  });

  if (!libfaketime()) console.log("libfaketime is not installed here: steps of the clock are not tried on the program");
  test.if(libfaketime() !== undefined)("on a machine whose clock steps cuts no answer, and frees what a dead process held", async () => {
    const figures = await clockStep(kind, { steps: [-3600, 3600] });
    expect(figures).toMatchObject({ threads: 10, cut: 0, stuck: 0 });
    expect(figures["freed_ms"]).toBeLessThan(2 * LEASE_MS + 2000);
  });
});

// Not beside the others: how soon it is as before would then tell how busy they keep the machine.
test("PostgreSQL behind a network that swallows everything ends each request within 10 s, and keeps no connection too many", async () => {
  const figures = await blackHole();
  expect(figures).toMatchObject({ unexpected: "", leaked: 0 });
  expect(figures["requests"]).toBeGreaterThan(50);
  expect(Number(figures["longest_ms"]) - Number(figures["machine_ms"])).toBeLessThan(10_000);
  // Some three seconds on a quiet machine: those in which a connection was begun that the network swallowed.
  expect(figures["normal_after_ms"]).toBeLessThan(10_000);
});
