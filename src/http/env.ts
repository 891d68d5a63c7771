import type { Context } from "hono";
import type { ChatKitError } from "../errors.ts";
import type { Client, Connection } from "./client.ts";
import type { RequestNote } from "../server/request-note.ts";
import type { StreamEnd } from "./sse.ts";

/** The variables on Hono's context that one middleware sets and another reads. */
export type AppEnv = {
  Bindings: Connection;
  Variables: {
    requestId: string;
    /** Where the request comes from. */
    client: Client;
    /** For the access log. */
    note: RequestNote;
    /** Whether the response has all of its headers: then no middleware adds any. */
    isComplete?: true;
    /** The limit that the user's request exceeds, as an error; undefined when it exceeds none. */
    overLimit?: ChatKitError;
    /** Set for a stream, which goes on after the response is returned. */
    streamEnd?: Promise<StreamEnd>;
  };
};

export type AppContext = Context<AppEnv>;
