import type { Hono, MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

/** Adds routes that only pass the middleware before them in the app, and `before`. The middleware after them does not apply to them. */
export function addPublicRoutes(app: Hono<AppEnv>, routes: Hono, ...before: MiddlewareHandler<AppEnv>[]): void {
  for (const path of new Set(routes.routes.map(({ path }) => path))) app.use(path, ...before);
  app.route("/", routes);
}
