import type { Context } from "hono";
import type { StreamEnd } from "./sse.ts";

/** What of Bun's server the app uses, when it is served by one: `Bun.serve({ fetch: app.fetch })` hands it over. */
type Connection = {
  requestIP?(request: Request): { address: string } | null;
  timeout?(request: Request, seconds: number): void;
};

/** What our middleware leaves for each other on Hono's context. */
export type AppEnv = {
  Bindings: Connection;
  Variables: {
    requestId: string;
    /** For the access log. */
    operation?: string;
    errorCode?: string;
    /** Set when the answer goes on after its head. */
    streamEnd?: Promise<StreamEnd>;
  };
};

export type AppContext = Context<AppEnv>;
