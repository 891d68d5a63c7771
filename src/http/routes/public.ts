import type { Hono, MiddlewareHandler } from "hono";
import type { AppEnv } from "../env.ts";

/** Adds routes, each behind what all others are behind, too. What comes after them in the app does not concern them. */
export function addPublicRoutes(app: Hono<AppEnv>, routes: Hono, ...before: MiddlewareHandler<AppEnv>[]): void {
  for (const path of new Set(routes.routes.map(({ path }) => path))) app.use(path, ...before);
  app.route("/", routes);
}
