import * as hono from "hono";
import * as bodyLimit from "hono/body-limit";
import * as cookie from "hono/cookie";
import * as cors from "hono/cors";
import * as factory from "hono/factory";
import * as httpException from "hono/http-exception";
import * as streaming from "hono/streaming";
import * as validator from "hono/validator";

/** The parts of Hono that an agent module can import by name, from the copy inside this program. */
export const EMBEDDED_HONO: Record<string, object> = {
  hono,
  "hono/body-limit": bodyLimit,
  "hono/cookie": cookie,
  "hono/cors": cors,
  "hono/factory": factory,
  "hono/http-exception": httpException,
  "hono/streaming": streaming,
  "hono/validator": validator,
};
