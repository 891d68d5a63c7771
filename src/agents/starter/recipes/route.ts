// Add a route
// It runs behind identity, CORS and limits; the library's errors become responses.
// chatkit-server --agent route.ts

import { Agent } from "@openai/agents";
import type { Ports } from "chatkit-server";
import type { Hono } from "hono";

export default new Agent({ name: "Assistant", instructions: "You are a helpful assistant." });

export function routes(app: Hono, ports: Ports): void {
  app.get("/threads/:id/export", async (c) => {
    const context = await ports.requestContext(c.req.raw);
    const thread = await ports.store.loadThread(c.req.param("id"), context); // 404 for anybody else
    // A page has a thousand items or a mebibyte; the rest follows with ?after=.
    const { data, after } = await ports.store.loadVisibleItems(thread.id, c.req.query("after") ?? null, 1000, "asc", context);
    return c.json({ title: thread.title, items: data, after });
  });
}
