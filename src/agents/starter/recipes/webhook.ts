// Hear from another service
// `publicRoutes` are served without asking who it is, on purpose: a signature says so. WEBHOOK_SECRET is what the service signs with.
// chatkit-server --agent webhook.ts

import { Agent } from "@openai/agents";
import { generateId, RequestError, type Ports, type RequestContext } from "chatkit-server";
import type { Hono } from "hono";

export default new Agent({ name: "Shop", instructions: "Say how the order is doing." });

async function isSigned(body: string, time = "", signature = ""): Promise<boolean> {
  const secret = process.env["WEBHOOK_SECRET"];
  if (!secret) throw new Error("WEBHOOK_SECRET is not set");
  const key = await crypto.subtle.importKey("raw", Buffer.from(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const isRecent = Math.abs(Date.now() / 1000 - Number(time)) < 300; // else whoever has seen one could send it again
  return isRecent && crypto.subtle.verify("HMAC", key, Buffer.from(signature, "hex"), Buffer.from(`${time}.${body}`));
}

export function publicRoutes(app: Hono, { store }: Ports): void {
  app.post("/webhooks/orders", async (c) => {
    const body = await c.req.text();
    const isTheirs = await isSigned(body, c.req.header("x-timestamp"), c.req.header("x-signature"));
    if (!isTheirs) throw new RequestError("Not signed.", { status: 403 });
    const { user, thread, status } = JSON.parse(body);
    const context = { userId: user } as RequestContext;
    const item = { id: generateId("hidden_context_item"), thread_id: thread, created_at: new Date().toISOString() };
    await store.addThreadItem(thread, { ...item, type: "hidden_context_item", content: `The order has been ${status}.` }, context);
    return c.body(null, 204);
  });
}
