import { Hono } from "hono";
import { z } from "zod";
import type { Session, Sessions } from "../../auth/sessions.ts";
import { isUserId } from "../../auth/user-header.ts";
import { ChatKitError } from "../../errors.ts";
import { describe } from "../../protocol/parse.ts";
import type { Audit } from "../../server/audit.ts";
import type { Limits } from "../../server/limits/limits.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { noteRefusal } from "../middleware/request-limit.ts";

const SECONDS = 600;

/** What OpenAI's hosted API takes, of which workflow and configuration are answered as they came: here the server's own count. */
const request = z.object({
  user: z.string().refine(isUserId, "a user has 1 to 256 characters"),
  expires_after: z.object({ anchor: z.literal("created_at").default("created_at"), seconds: z.int().min(1).max(86_400) }).optional(),
  workflow: z.looseObject({ id: z.string() }).optional(),
  rate_limits: z.looseObject({ max_requests_per_1_minute: z.int().optional() }).optional(),
  chatkit_configuration: z.looseObject({}).optional(),
});

type Asked = Partial<z.infer<typeof request>>;

/** The two calls with which a backend of OpenAI's hosted ChatKit gets a client secret for its page, and takes it back. */
export function sessionRoutes(sessions: Sessions, limits: Limits, audit: Audit): Hono {
  const requireKey = (c: AppContext) => {
    try {
      sessions.requireKey(c.req.raw.headers);
    } catch (thrown) {
      noteRefusal(c, "session_key", limits, audit);
      throw thrown;
    }
  };
  const routes = new Hono<AppEnv>()
    .post("/v1/chatkit/sessions", async (c) => {
      requireKey(c);
      const asked = request.safeParse(await c.req.json());
      if (!asked.success) throw new ChatKitError("invalid_request", { message: describe(asked.error) });
      const session = await sessions.open(asked.data.user, asked.data.expires_after?.seconds ?? SECONDS);
      return c.json(body(session, session.token, "active", asked.data));
    })
    .post("/v1/chatkit/sessions/:id/cancel", async (c) => {
      requireKey(c);
      const session = await sessions.cancel(c.req.param("id"));
      if (!session) throw new ChatKitError("not_found", { message: "There is no such session." });
      return c.json(body(session, "", "cancelled", {}));
    });
  return routes as unknown as Hono;
}

function body({ id, userId, expiresAt }: Session, clientSecret: string, status: "active" | "cancelled", asked: Asked) {
  const perMinute = asked.rate_limits?.max_requests_per_1_minute ?? 10;
  return {
    id,
    object: "chatkit.session",
    client_secret: clientSecret,
    expires_at: expiresAt.getTime() / 1000,
    status,
    user: userId,
    workflow: { id: "", state_variables: null, tracing: { enabled: false }, version: null, ...asked.workflow },
    rate_limits: { max_requests_per_1_minute: perMinute },
    max_requests_per_1_minute: perMinute,
    chatkit_configuration: {
      automatic_thread_titling: { enabled: true },
      file_upload: { enabled: false, max_file_size: null, max_files: null },
      history: { enabled: true, recent_threads: null },
      ...asked.chatkit_configuration,
    },
  };
}
