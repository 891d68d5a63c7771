import { newDatabase } from "../../support/postgres.ts";
import { PgBouncer } from "../../support/pgbouncer.ts";
import { World, type Figures } from "../world.ts";
import { load, lost, normalAfter, Seen } from "./database-restart.ts";

/** Two programs under load behind PgBouncer in transaction mode, with fewer connections than they would like; it is killed and comes back. */
export async function behindPooler({ rounds = 1, clients = 8, poolSize = 3, loadMs = 1500 } = {}): Promise<Figures> {
  const url = await newDatabase();
  await using bouncer = await PgBouncer.before(url, poolSize);
  await using world = await World.open("postgres", url);
  const args = ["--database-prepare", "false"];
  const env = { DATABASE_URL: bouncer.url };
  const programs = await Promise.all([world.start(args, env), world.start(args, env)]);
  const seen = new Seen();
  const loads = Array.from({ length: clients }, (_, i) => load(programs[i % 2]!, seen));
  const figures = { rounds, told: 0, lost: 0, refused: 0, unexpected: "", normal_after_ms: 0, crashed: 0, connections: 0 };
  for (let round = 0; round < rounds; round++) {
    await Bun.sleep(loadMs);
    const where = "pg_stat_activity where datname = current_database() and application_name = 'chatkit-server'";
    figures.connections = Math.max(figures.connections, await world.count(where));
    await bouncer.kill();
    await Bun.sleep(300);
    await bouncer.start();
    figures.normal_after_ms = Math.max(figures.normal_after_ms, await normalAfter(programs, performance.now()));
  }
  seen.isOver = true;
  await Promise.all(loads);
  figures.crashed = programs.filter(({ child }) => child.exitCode !== null || child.signalCode !== null).length;
  figures.told = seen.told.done.length;
  figures.refused = seen.refused;
  figures.unexpected = [...seen.unexpected].join(" | ");
  figures.lost = await lost(programs[0]!, seen.told);
  return figures;
}
