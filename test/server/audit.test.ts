import { describe, expect, test } from "bun:test";
import { trustedHeader } from "../../src/auth/trusted-header.ts";
import { createApp } from "../../src/http/app.ts";
import type { AttachmentStore } from "../../src/attachments/attachment-store.ts";
import { auditTo } from "../../src/server/audit.ts";
import type { RequestContext } from "../../src/server/context.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import { anAttachment } from "../store/rows.ts";
import { ask, asker, createThread, ports, recordingLogger, Scripted } from "../support/chat.ts";
import { until } from "../support/until.ts";

/** The entries of a log, without what says that they are entries. */
function entries({ lines }: ReturnType<typeof recordingLogger>): object[] {
  return lines.flatMap(({ fields }) => ("category" in fields ? [{ ...fields, category: undefined }] : []));
}

const silent = async function* () {};

describe("the audit log", () => {
  test("has a line of its own category, at a level of its own where the logger has one", () => {
    const logger = recordingLogger();
    auditTo(logger)({ event: "retention_deleted", threads: 2, attachments: 0 });
    const own: object[] = [];
    auditTo({ ...logger, audit: (fields) => void own.push(fields) })({ event: "retention_deleted", threads: 3, attachments: 0 });
    expect(logger.lines).toEqual([
      { level: "info", message: "audit", fields: { category: "audit", event: "retention_deleted", threads: 2, attachments: 0 } },
    ]);
    expect(own).toEqual([{ category: "audit", event: "retention_deleted", threads: 3, attachments: 0 }]);
  });

  test("names who deleted which thread, and says nothing of a thread that was not there", async () => {
    const logger = recordingLogger();
    const server = new Scripted(silent, ports(new MemoryStore(), logger));
    const { threadId } = await createThread(server, "my diary");
    const by = asker();
    await ask(server, "threads.delete", { thread_id: threadId }, by);
    await ask(server, "threads.delete", { thread_id: threadId }, by).catch(() => {});
    expect(entries(logger)).toEqual([{ event: "thread_deleted", request_id: by.requestId, user_id: "ada", thread_id: threadId }]);
    expect(JSON.stringify(logger.lines)).not.toContain("diary");
  });

  test("names who deleted which attachment", async () => {
    const logger = recordingLogger();
    const store = new MemoryStore<RequestContext>();
    const attachmentStore = { deleteAttachment: async () => {} } as unknown as AttachmentStore<RequestContext>;
    const server = new Scripted(silent, { ...ports(store, logger), attachmentStore });
    const by = asker();
    await store.saveAttachment(anAttachment({ id: "atc_1" }), by);
    for (const attachment_id of ["atc_1", "atc_2"]) await ask(server, "attachments.delete", { attachment_id }, by);
    expect(entries(logger)).toEqual([{ event: "attachment_deleted", request_id: by.requestId, user_id: "ada", attachment_id: "atc_1" }]);
  });

  test("a flood of refused identities is one line, and then one a minute with their number", async () => {
    const logger = recordingLogger();
    const audit = auditTo(logger, 20);
    const refused = (reason: string, request_id: string) => audit({ event: "identity_refused", reason, request_id });
    for (let i = 0; i < 1000; i++) refused("expired", `e${i}`);
    refused("signature", "s0");
    expect(entries(logger)).toEqual([
      { event: "identity_refused", reason: "expired", request_id: "e0" },
      { event: "identity_refused", reason: "signature", request_id: "s0" },
    ]);
    await until(async () => entries(logger)[2]);
    expect(entries(logger)[2]).toEqual({ event: "identity_refused", reason: "expired", request_id: "e999", count: 999 });
    await Bun.sleep(60);
    expect(entries(logger)).toHaveLength(3);
    refused("expired", "later");
    expect(entries(logger).at(-1)).toEqual({ event: "identity_refused", reason: "expired", request_id: "later" });
  });

  test("names the address that was refused", async () => {
    const logger = recordingLogger();
    const app = createApp(new Scripted(silent, ports(new MemoryStore(), logger)), { authenticate: trustedHeader() });
    const init = { method: "POST", headers: { "x-request-id": "r1", "x-user-id": "eve" } };
    const response = await app.request("/chatkit", init, { requestIP: () => ({ address: "192.0.2.7" }) });
    expect(response.status).toBe(401);
    expect(entries(logger)).toEqual([{ event: "identity_refused", reason: "untrusted_peer", request_id: "r1", client_ip: "192.0.2.7" }]);
  });
});
