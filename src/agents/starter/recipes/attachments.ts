// Keep attachments your own way
// Files are taken without any code. This is a store of your own in the place of the server's: a `Map`, for files of up to
// `max_body_bytes`. Images, PDFs and text reach the model by themselves.
// chatkit-server --agent attachments.ts

import { Agent } from "@openai/agents";
import { AgentServer, generateId, NotFoundError, type AttachmentStore, type Ports, type RequestContext } from "chatkit-server";
import type { Hono } from "hono";

const agent = new Agent({ name: "Reader", instructions: "Read what is attached." });
const files = new Map<string, Uint8Array>();

const attachmentStore = ({ publicUrl, store }: Ports): AttachmentStore<RequestContext> => ({
  async createAttachment({ name, mime_type }) {
    const id = generateId("attachment");
    return { id, type: "file", name, mime_type, upload_descriptor: { url: `${publicUrl}/files/${id}`, method: "PUT", headers: {} } };
  },
  async read(id, context) {
    const data = files.get(id);
    if (!data) throw new NotFoundError("attachment", id);
    return { ...(await store.loadAttachment(id, context)), data };
  },
  deleteAttachment: async (id) => void files.delete(id),
});

export default (ports: Ports) => new AgentServer({ ...ports, attachmentStore: attachmentStore(ports) }, { agent });

export function routes(app: Hono, { store, requestContext }: Ports): void {
  app.put("/files/:id", async (c) => {
    const { id } = await store.loadAttachment(c.req.param("id"), await requestContext(c.req.raw));
    files.set(id, new Uint8Array(await c.req.arrayBuffer()));
    return c.body(null, 204);
  });
}
