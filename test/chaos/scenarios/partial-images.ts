import { readFileSync } from "node:fs";
import { join } from "node:path";
import { userInput } from "../../support/chat.ts";
import type { Orders } from "../agent.ts";
import { ask, Told } from "../reader.ts";
import { World, type Figures, type Kind } from "../world.ts";

const MIB = 1024 * 1024;

/** What the database writes while an image is drawn, of which large partial ones come: nothing that a crash would not keep. */
export async function partialImages(kind: Kind, { images = 120, mebibytes = 5 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start(["--agent", join(import.meta.dir, "../agent.ts")]);
  const input = userInput(JSON.stringify({ images: { count: images, bytes: mebibytes * MIB } } satisfies Orders));
  const before = await written(world, program.child.pid);
  const outcome = await new Told().read(await ask(program, "threads.create", { input }));
  const bytes = (await written(world, program.child.pid)) - before;
  return { images, mebibytes, outcome, written_kib: Math.round(bytes / 1024) };
}

/** The bytes of PostgreSQL's write-ahead log; with SQLite, those that the program and its threads have written to files. */
async function written(world: World, pid: number): Promise<number> {
  if (world.kind === "postgres") {
    const [row] = await world.query<{ bytes: string }>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes");
    return Number(row?.bytes);
  }
  const io = readFileSync(`/proc/${pid}/io`, "utf8");
  return Number(/^write_bytes: (\d+)/m.exec(io)?.[1]);
}
