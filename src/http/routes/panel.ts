import { Hono, type MiddlewareHandler } from "hono";
import { timingSafeEqual } from "node:crypto";
import { ChatKitError } from "../../errors.ts";
import type { Audit } from "../../server/audit.ts";
import type { ChatKitServer } from "../../server/chatkit-server.ts";
import type { RequestContext } from "../../server/context.ts";
import type { Limits } from "../../server/limits/limits.ts";
import type { RequestContexts } from "../contexts.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { noteRefusal } from "../middleware/request-limit.ts";

export type PanelOptions = {
  /** Who knows it may see everything. */
  token: string;
  /** Whether it was given by the operator, who then also wants the panel behind a proxy. */
  isForProxies: boolean;
  /** The newest lines of the log, each with a number that grows. */
  log: (after: number) => { number: number; line: string }[];
  /** Every option in force, secrets masked. */
  config: () => unknown;
};

/** What proxies add, each by its own habit: nginx none at all unless it is told to, others only some of them. */
const FORWARDED = /^(forwarded|via|x-real-ip|x-forwarded-.+)$/;
const NO_USER = "local";
const ITEMS = 1000;

/**
 * What the chat page's panel for developers asks for: the log, the configuration, threads of any user with their hidden items. Nothing
 * without the token, for peers on this machine neither: a proxy on it is one of those.
 */
export function panel<C extends RequestContext>(server: ChatKitServer<C>, contexts: RequestContexts<C>, options: PanelOptions, limits: Limits): Hono {
  const contextOf = (c: AppContext): Promise<C> => {
    contexts.admit(c.req.raw, { userId: c.req.query("user") || NO_USER, requestId: c.get("requestId") });
    return contexts.of(c.req.raw);
  };
  const routes = new Hono<AppEnv>()
    .use("/panel/*", onlyWith(options, limits, server.audit))
    .get("/panel/config", (c) => c.json(options.config() as object))
    .get("/panel/log", (c) => c.json(options.log(Number(c.req.query("after") ?? 0))))
    .get("/panel/threads", async (c) => c.json(await server.store.loadThreads(100, c.req.query("after") ?? null, "desc", await contextOf(c))))
    .get("/panel/threads/:id", async (c) => {
      const context = await contextOf(c);
      const id = c.req.param("id");
      const [thread, items] = await Promise.all([server.store.loadThread(id, context), server.store.loadThreadItems(id, null, ITEMS, "desc", context)]);
      return c.json({ thread, items: items.data.toReversed(), has_more: items.has_more });
    })
    .post("/panel/widget", async (c) => c.json(await widgetOf(c)));
  return routes as unknown as Hono;
}

function onlyWith({ token, isForProxies }: PanelOptions, limits: Limits, audit: Audit): MiddlewareHandler<AppEnv> {
  return async function onlyWithToken(c, next) {
    const isForwarded = [...c.req.raw.headers.keys()].some((name) => FORWARDED.test(name));
    if (isForwarded && !isForProxies) throw new ChatKitError("forbidden", { message: "Behind a proxy the panel needs CHATKIT_ADMIN_TOKEN.", reason: "forwarded" });
    const given = /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "")?.[1];
    if (given !== undefined && isSame(given, token)) return next();
    noteRefusal(c, "admin_token", limits, audit);
    throw new ChatKitError("unauthenticated", { message: "The panel needs the token that is printed at the start.", reason: "admin_token" });
  };
}

/** In a time that tells nothing about how much of it was right. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** A `.widget` file with its data, as the client gets it. */
async function widgetOf(c: AppContext): Promise<unknown> {
  const { WidgetTemplate } = await import("../../widgets/widget-template.ts");
  try {
    const { definition, data = {} } = (await c.req.json()) as { definition: unknown; data?: object };
    return new WidgetTemplate(definition).build(data);
  } catch (error) {
    // What is wrong with the file is what its author has to know.
    const reasons = [error, (error as Error).cause, ((error as Error).cause as Error | undefined)?.cause].filter((one) => one instanceof Error);
    throw new ChatKitError("invalid_request", { message: reasons.map(({ message }) => message).join("\n") });
  }
}
