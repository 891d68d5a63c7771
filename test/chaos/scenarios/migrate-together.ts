import { POSTGRES_MIGRATIONS } from "../../../src/store/postgres/migrations.ts";
import { SQLITE_MIGRATIONS } from "../../../src/store/sqlite/migrations.ts";
import { binary } from "../../support/binary.ts";
import { rounded, World, type Figures, type Kind } from "../world.ts";

/** Many processes bring one empty database up at once, and one of them is killed in the middle: each file is applied once. */
export async function migrateTogether(kind: Kind, { rounds = 1, processes = 20 } = {}): Promise<Figures> {
  const program = await binary();
  const files = kind === "sqlite" ? SQLITE_MIGRATIONS : POSTGRES_MIGRATIONS;
  const figures = { rounds, processes, failed: 0, wrong: 0, settled_ms: 0 };
  for (let round = 0; round < rounds; round++) {
    await using world = await World.open(kind);
    const startedAt = performance.now();
    const env = { PATH: process.env["PATH"] ?? "", ...world.env };
    const children = Array.from({ length: processes }, () => Bun.spawn([program, "migrate"], { env, stdout: "ignore", stderr: "ignore" }));
    await Bun.sleep(50 + Math.random() * 400);
    children[0]!.kill("SIGKILL");
    const codes = await Promise.all(children.map(({ exited }) => exited));
    figures.settled_ms = Math.max(figures.settled_ms, rounded(performance.now() - startedAt));
    figures.failed += codes.slice(1).filter((code) => code !== 0).length;
    const applied = await world.query<{ name: string }>("select name from chatkit_migrations order by version");
    if (applied.map(({ name }) => name).join() !== files.map(({ name }) => name).join()) figures.wrong++;
  }
  return figures;
}
