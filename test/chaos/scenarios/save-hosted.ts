import { rmSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, runBinary, spawnBinary } from "../../support/binary.ts";
import { until } from "../../support/until.ts";
import { HostedServer, KEY } from "../../transfer/hosted-server.ts";
import { makeProject, seeded } from "../../transfer/project.ts";
import { differences } from "../../transfer/saved-folder.ts";
import { rounded, type Figures } from "../world.ts";

/**
 * A hosted project is saved from a server that fails in every way, by a program that is killed again and again; in the end all
 * is there, once, in its order and byte for byte, and saving it again finds nothing to fetch.
 */
export async function saveHosted({ threads = 200, kills = 3, faultRate = 0.05 } = {}): Promise<Figures> {
  await using server = await new HostedServer().listen();
  await using place = await emptyFolder();
  server.threads = makeProject({ threads, long: 1500, preview: (id) => `${server.origin}/previews/${id}` });
  server.faultRate = faultRate;
  const folder = join(place.path, "saved");
  const args = ["import", "openai", "--raw", folder, "--json"];
  const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl };
  const random = seeded(threads + kills);
  const figures = { threads, kills: 0, taken_for_whole: 0 };
  for (let kill = 0; kill < kills; kill++) {
    // Spread over the whole, with a chance to fall on any moment of a write.
    const wanted = Math.max(server.count("/items") + 1, Math.floor(((kill + random()) / kills) * threads));
    const child = await spawnBinary(args, { env });
    await until(async () => (server.count("/items") >= wanted || child.exitCode !== null ? true : undefined), 120_000);
    await Bun.sleep(random() * 20);
    child.kill("SIGKILL");
    await child.exited;
    if (child.signalCode !== "SIGKILL") break;
    figures.kills++;
    const check = await runBinary(["import", "openai", "--check", folder]);
    if (check.code === 0 && differences(folder, server.threads).length > 0) figures.taken_for_whole++;
  }
  const started = performance.now();
  const last = await runBinary(args, { env });
  const ended = performance.now();
  const found = differences(folder, server.threads);
  for (const one of found.slice(0, 5)) console.error(one);
  const check = await runBinary(["import", "openai", "--check", folder]);
  const again = await repeat(server, args, env);
  const report = JSON.parse(last.stdout || "{}") as { manifest?: { items: number; attachments: object } };
  rmSync(folder, { recursive: true });
  return {
    ...figures,
    different: found.length,
    exit: last.code,
    check_exit: check.code,
    items: report.manifest?.items ?? 0,
    attachments: JSON.stringify(report.manifest?.attachments),
    last_s: rounded((ended - started) / 1000),
    ...again,
  };
}

/** A second run, without faults, over the same project: how many items it found new or changed, and how many it had to read for that. */
async function repeat(server: HostedServer, args: string[], env: Record<string, string>): Promise<Figures> {
  server.faultRate = 0;
  server.served = { items: 0, previews: 0 };
  const started = performance.now();
  const { code, stdout } = await runBinary(args, { env });
  const { items, previews } = server.served;
  const { run } = JSON.parse(stdout || "{}") as { run?: { items: number } };
  return {
    repeat_exit: code,
    repeat_items: run?.items ?? -1,
    repeat_items_read: items,
    repeat_previews: previews,
    repeat_s: rounded((performance.now() - started) / 1000),
  };
}
