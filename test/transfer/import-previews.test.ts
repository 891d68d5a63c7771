import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskBytes } from "../../src/attachments/disk.ts";
import { StoredAttachments } from "../../src/attachments/stored-attachments.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createApp } from "../../src/http/app.ts";
import type { UserMessageItem } from "../../src/protocol/items.ts";
import { importSaved } from "../../src/runtime/verbs/import-elsewhere.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { ports, Scripted } from "../support/chat.ts";
import { PDF, PNG } from "../support/files.ts";
import { Saving } from "./saving.ts";

setDefaultTimeout(60_000);

const place = mkdtempSync(join(tmpdir(), "chatkit-previews-"));
afterAll(() => rmSync(place, { recursive: true }));

const ODD = "../../b c";
const BYTES: Record<string, Uint8Array> = { file_photo: PNG, [ODD]: PNG, file_report: PNG, file_plan: PDF, file_broken: new TextEncoder().encode("<html>no</html>") };

/** What each attachment of the saved message is in the conversation that was imported, as its page gets it. */
async function imported(environment: Record<string, string> = {}) {
  await using saving = await Saving.of({ threads: 1 });
  const { server, folder } = saving;
  const attachment = (id: string, type: string, name: string, mime_type: string) => ({ id, type, name, mime_type, preview_url: BYTES[id] ? `${server.origin}/previews/${encodeURIComponent(id)}` : null });
  const attachments = [
    attachment("file_photo", "image", "photo.jpg", "image/jpeg"),
    attachment(ODD, "image", "odd.png", "image/png\r\nx-y: z"),
    attachment("file_report", "file", "report.pdf", "application/pdf"),
    attachment("file_plan", "file", "plan.pdf", "application/pdf"),
    attachment("file_broken", "image", "broken.png", "image/png"),
    attachment("file_none", "image", "none.png", "image/png"),
  ];
  const item = { id: "cthi_1", object: "chatkit.thread_item", created_at: 1_750_000_000, thread_id: "cthr_0000000", type: "chatkit.user_message", content: [{ type: "input_text", text: "See" }], attachments };
  server.threads[0]!.items = [{ id: "cthi_1", json: JSON.stringify(item) }];
  server.preview = (id) => BYTES[decodeURIComponent(id)];
  await saving.save();
  const home = mkdtempSync(join(place, "home-"));
  const loaded = await loadConfig({ databaseUrl: `sqlite:${join(home, "chat.db")}` }, environment);
  const report = await importSaved(loaded, folder, {});
  // What was taken is replaced by the same when it is taken again.
  expect(await importSaved(loaded, folder, {})).toEqual(report);
  return { home, report, userId: server.threads[0]!.user ?? "(no user)" };
}

test("a preview that was saved is seen in the conversation, after the source has ended", async () => {
  const { home, report, userId } = await imported();
  expect(report.previews).toEqual({ taken: 4, damaged: 1, noPlace: 0 });
  const store = new SqliteStore<RequestContext>(join(home, "chat.db"));
  const files = new StoredAttachments<RequestContext>({ store, bytes: new DiskBytes(join(home, "attachments")), publicUrl: "http://here" });
  const app = createApp(new Scripted(async function* () {}, { ...ports(), store, attachmentStore: files }), { inProcess: true });
  const ask = (body: object) => app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json", "x-user-id": userId }, body: JSON.stringify(body) });
  const thread = (await (await ask({ type: "threads.get_by_id", params: { thread_id: "cthr_0000000" } })).json()) as { items: { data: UserMessageItem[] } };
  const [photo, odd, report_, plan, broken, none] = thread.items.data[0]!.attachments;
  for (const one of [photo, odd, report_]) {
    if (one?.type !== "image") throw new Error(`${one?.name} is no image`);
    const preview = await app.request(one.preview_url);
    expect([preview.status, preview.headers.get("content-type")]).toEqual([200, "image/webp"]);
    expect((await new Bun.Image(await preview.bytes()).metadata()).width).toBe(1);
    const { data, mime_type } = await files.read(one.id, { userId } as RequestContext);
    expect([data, mime_type]).toEqual([PNG, "image/png"]);
  }
  expect([photo, odd, report_].map((one) => one!.name)).toEqual(["photo.jpg", "odd.png", "report.pdf.png"]);
  expect(photo!.id).toBe("file_photo");
  expect(odd!.id).toMatch(/^atc_[0-9a-f]{32}$/);
  expect(plan).toMatchObject({ type: "file", name: "plan.pdf" });
  expect((await files.read("file_plan", { userId } as RequestContext)).data).toEqual(PDF);
  expect([broken, none]).toMatchObject([{ id: "file_broken", type: "file" }, { id: "file_none", type: "file" }]);
  await store.close();
});

test("where there is no place for files the conversation comes without them, and the report counts them", async () => {
  const { report } = await imported({ CHATKIT_ATTACHMENTS: "off" });
  expect(report.previews).toEqual({ taken: 0, damaged: 0, noPlace: 5 });
});
