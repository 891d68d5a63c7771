import { join } from "node:path";
import { $ } from "bun";
import { emptyFolder, runBinary } from "../../support/binary.ts";
import { HostedServer, KEY } from "../../transfer/hosted-server.ts";
import { makeProject } from "../../transfer/project.ts";
import { differences } from "../../transfer/saved-folder.ts";
import type { Figures } from "../world.ts";

const SIZES = ["20k", "60k", "100k", "200k", "400k", "800k", "1500k", "3m"];

/** A disk that is full again and again, at whichever write that falls on, and in the end has room. As root: it mounts one. */
export async function fullDisk({ threads = 1500 } = {}): Promise<Figures> {
  await using server = await new HostedServer().listen();
  await using place = await emptyFolder();
  server.threads = makeProject({ threads, long: 1500, preview: (id) => `${server.origin}/previews/${id}` });
  const disk = join(place.path, "disk");
  const folder = join(disk, "saved");
  const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl };
  const save = () => runBinary(["import", "openai", "--raw", folder], { env });
  const figures = { threads, full: 0, otherwise: 0, taken_for_whole: 0 };
  await $`mkdir ${disk} && mount -t tmpfs -o size=20k tmpfs ${disk}`;
  try {
    for (const size of SIZES) {
      await $`mount -o remount,size=${size} ${disk}`;
      const { code, stdout, stderr } = await save();
      const isOneLine = code === 1 && stdout === "" && /^error: the disk that holds \S+ is full: .*\n$/.test(stderr);
      figures[isOneLine ? "full" : "otherwise"]++;
      if ((await runBinary(["import", "openai", "--check", folder])).code === 0) figures.taken_for_whole++;
    }
    await $`mount -o remount,size=100m ${disk}`;
    const last = await save();
    return { ...figures, exit: last.code, different: differences(folder, server.threads).length };
  } finally {
    await $`umount ${disk}`;
  }
}
