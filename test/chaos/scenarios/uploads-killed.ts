import { existsSync, readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { DiskBytes } from "../../../src/attachments/disk.ts";
import { StoredAttachments } from "../../../src/attachments/stored-attachments.ts";
import { sweep } from "../../../src/attachments/sweep.ts";
import { deleteBytes } from "../../../src/runtime/upkeep/retention.ts";
import type { RequestContext } from "../../../src/server/context.ts";
import { SqliteStore } from "../../../src/store/sqlite/store.ts";
import { recordingLogger } from "../../support/chat.ts";
import { fileClient } from "../../support/files.ts";
import { until } from "../../support/until.ts";
import { World, type Figures } from "../world.ts";

const DAY_MS = 86_400_000;

/**
 * kill -9 while many upload: some are done, most are half-way. Before any sweep every file under its own name is whole; after the sweep
 * that comes a day later there are neither parts of files, nor records without bytes, nor bytes without a record.
 */
export async function uploadsKilled({ uploads = 200, bytes = 200_000 } = {}): Promise<Figures> {
  await using world = await World.open("sqlite");
  const root = join(world.folder, "attachments");
  const program = await world.start();
  const { create, put } = fileClient(program.url);
  const announced = await Promise.all(Array.from({ length: uploads }, (_, i) => create(`${i}.txt`, bytes, "text/plain")));
  const whole = announced.slice(0, uploads / 10);
  for (const one of whole) if (!(await put(one, "x".repeat(bytes))).ok) throw new Error("an upload was refused");
  for (const one of announced.slice(whole.length)) half(one.upload_descriptor!.url, bytes);
  const parts = join(root, "new");
  await until(async () => (existsSync(parts) && readdirSync(parts).length > 10 ? true : undefined), 30_000);
  const halfWay = readdirSync(parts).length;
  await program.end("SIGKILL");

  const store = new SqliteStore<RequestContext>(world.url.slice("sqlite:".length));
  const disk = new DiskBytes(root);
  const files = await Array.fromAsync(disk.list());
  const torn = files.filter(({ key }) => statSync(join(root, key.slice(-2), key)).size !== bytes).length;
  const sweepAt = async (now: number) => {
    const swept = await sweep({ store, bytes: disk, now, forget: ({ userId, attachment }) => store.deleteAttachment(attachment.id, { userId } as RequestContext) });
    const attachmentStore = new StoredAttachments<RequestContext>({ store, bytes: disk, publicUrl: program.url });
    await deleteBytes({ store, attachmentStore, logger: recordingLogger() }, () => false);
    return swept;
  };
  // A process that starts at once takes nothing away: others may be uploading.
  await sweepAt(Date.now());
  const kept = (await Array.fromAsync(disk.list())).length;
  await sweepAt(Date.now() + 2 * DAY_MS);
  const left = await store.attachmentsAfter("", 1000);
  const keys = new Set((await Array.fromAsync(disk.list())).map(({ key }) => key));
  await store.close();
  return {
    uploads,
    whole: whole.length,
    half_way: halfWay,
    torn,
    kept,
    parts_after_sweep: readdirSync(parts).length,
    records_without_bytes: left.filter(({ attachment }) => !keys.has(attachment.id)).length,
    bytes_without_record: [...keys].filter((key) => !left.some(({ attachment }) => attachment.id === key)).length,
    outside: readdirSync(world.folder).filter((name) => !/^(attachments|chat\.db.*)$/.test(name)).length,
  };
}

/** Sends half of a body, and then nothing. */
function half(url: string, bytes: number): void {
  const { hostname, port, host, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname).on("error", () => {});
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${bytes}\r\n\r\n${"x".repeat(bytes / 2)}`);
}
