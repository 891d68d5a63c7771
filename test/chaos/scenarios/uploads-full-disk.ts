import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DiskBytes } from "../../../src/attachments/disk.ts";
import { fileClient } from "../../support/files.ts";
import { smallDisk } from "../small-disk.ts";
import { World, type Figures } from "../world.ts";

const BYTES = 300_000;

/** The disk fills up while files are uploaded, and gets room again: who is refused is told so, nothing of it stays, and a retry works. */
export async function uploadsFullDisk({ uploads = 20 } = {}): Promise<Figures> {
  const disk = smallDisk();
  try {
    await using world = await World.open("sqlite", `sqlite:${disk.folder}/chat.db`);
    const program = await world.start();
    const { create, put } = fileClient(program.url);
    const root = join(disk.folder, "attachments");
    const announced = await Promise.all(Array.from({ length: uploads }, (_, i) => create(`${i}.txt`, BYTES, "text/plain")));
    const first = await put(announced[0]!, "x".repeat(BYTES));
    disk.fill(program.child.pid);
    const refused = await Promise.all(announced.slice(1).map((one) => put(one, "x".repeat(BYTES))));
    const statuses = [...new Set(refused.map(({ status }) => status))].sort();
    const files = (await Array.fromAsync(new DiskBytes(root).list())).length;
    const parts = readdirSync(join(root, "new")).length;
    disk.free(program.child.pid);
    // The database may take up to five seconds to find out that it can write again.
    const again = async (one: (typeof announced)[number]) => {
      for (const until = Date.now() + 20_000; ; await Bun.sleep(200)) {
        const { status } = await put(one, "y".repeat(BYTES));
        if (status === 200 || Date.now() > until) return status;
      }
    };
    const retried = await Promise.all(announced.slice(1).map(again));
    const listed = await Array.fromAsync(new DiskBytes(root).list());
    return {
      first: first.status,
      refused: refused.length,
      statuses: statuses.join(","),
      files_while_full: files,
      parts_while_full: parts,
      retried: retried.filter((status) => status === 200).length,
      files: listed.length,
    };
  } finally {
    disk.remove();
  }
}
