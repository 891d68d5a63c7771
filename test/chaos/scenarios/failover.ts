import { TestPostgres } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { World, type Figures } from "../world.ts";
import { load, lost, normalAfter, Seen } from "./database-restart.ts";

/**
 * The primary crashes under load and its standby, which replicates synchronously, is promoted. Nothing that was acknowledged may be lost,
 * the programs find the new primary by themselves, and before that they write nothing to the standby.
 */
export async function failover({ clients = 12, loadMs = 2000, how = "crash" as "crash" | "fast" } = {}): Promise<Figures> {
  const primary = await TestPostgres.create();
  const standby = await primary.standby();
  try {
    const [first, second] = [new URL(standby.url), new URL(primary.url)];
    // The standby comes first: who takes any host that answers would take that one.
    const url = `postgres://postgres@${first.host},${second.host}/postgres?target_session_attrs=read-write`;
    await using world = await World.open("postgres", primary.url);
    const programs = await Promise.all([world.start([], { DATABASE_URL: url }), world.start([], { DATABASE_URL: url })]);
    const seen = new Seen();
    const loads = Array.from({ length: clients }, (_, i) => load(programs[i % 2]!, seen));
    // However busy the machine is, something has been acknowledged that may be lost.
    await until(async () => (seen.told.done.length > 20 ? true : undefined), 60_000);
    await Bun.sleep(loadMs);
    const before = seen.told.done.length;
    await primary.stop(how);
    await standby.promote();
    const normal_after_ms = await normalAfter(programs, performance.now());
    seen.isOver = true;
    await Promise.all(loads);
    return {
      told_before: before,
      told: seen.told.done.length,
      lost: await lost(programs[0]!, seen.told),
      refused: seen.refused,
      unexpected: [...seen.unexpected].join(" | "),
      normal_after_ms,
      crashed: programs.filter(({ child }) => child.exitCode !== null || child.signalCode !== null).length,
      written_to_the_standby: standby.log.match(/in a read-only transaction/g)?.length ?? 0,
    };
  } finally {
    await Promise.all([primary.stop("crash"), standby.stop("crash")]);
  }
}
