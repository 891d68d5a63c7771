import type { Context } from "hono";
import type { Client, Connection } from "./client.ts";
import type { StreamEnd } from "./sse.ts";

/** What our middleware leaves for each other on Hono's context. */
export type AppEnv = {
  Bindings: Connection;
  Variables: {
    requestId: string;
    /** Where the request comes from. */
    client: Client;
    /** For the access log. */
    operation?: string;
    errorCode?: string;
    errorReason?: string;
    /** Set when the answer goes on after its head. */
    streamEnd?: Promise<StreamEnd>;
  };
};

export type AppContext = Context<AppEnv>;
