import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { StoredAttachments, Upload } from "../../attachments/stored-attachments.ts";
import { ChatKitError } from "../../errors.ts";
import { wireAttachment } from "../../protocol/serialize.ts";
import type { Logger, RequestContext } from "../../server/context.ts";
import { takesNoFiles } from "../../server/ops/plain.ts";
import { chunksOf } from "../body-chunks.ts";
import { download } from "../download.ts";
import type { AppContext, AppEnv } from "../env.ts";
import { requireUncompressed } from "../middleware/body-limit.ts";
import { boundaryOf, firstFile } from "../multipart.ts";
import { errorResponder } from "../respond-error.ts";

type Files<C extends RequestContext> = StoredAttachments<C>;

/** How long a connection may be quiet: never too long while an upload waits for its place, since its client cannot send then. */
const WAITING_S = 0;
const SENDING_S = 30;
const READING_S = 60;
const IDLE_S = 10;
const FORM_FIELD = "file";
const PREFLIGHT_MAX_AGE_S = 600;
export const SIGNED_PATH = "/attachments/:id";

/** Whoever has a signed URL may use it, from a page of any origin: it is all the identity that is needed, and no cookie counts. */
export const anyOrigin = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "PUT", "POST"],
  exposeHeaders: ["etag", "content-disposition", "content-range", "x-request-id", "retry-after"],
  maxAge: PREFLIGHT_MAX_AGE_S,
});

/**
 * The routes of attachments, for a server of your own: signed uploads and downloads under `/attachments/`, and `POST /chatkit/attachments`
 * for forms. `createApp` has them already.
 * @param contextOf tells who asks, for forms; the signed URLs say it themselves
 * @example
 * const routes = attachmentRoutes(attachments, { contextOf: (request) => contextOf(request), logger: console });
 * Bun.serve({ fetch: (request) => routes.fetch(request) });
 */
export function attachmentRoutes<C extends RequestContext>(
  files: Files<C>,
  { contextOf, logger }: { contextOf: (request: Request) => Promise<C>; logger: Logger },
): Hono {
  const app = new Hono<AppEnv>();
  app.onError(errorResponder(logger));
  app.use(SIGNED_PATH, anyOrigin);
  app.route("/", signedRoutes(files));
  app.post("/chatkit/attachments", formRoute(files, contextOf));
  return app as unknown as Hono;
}

/** @param noteRefused told of each URL that is not valid, before it is refused; it may throw a refusal of its own */
export function signedRoutes<C extends RequestContext>(files: Files<C>, noteRefused: (c: AppContext, reason: string) => void = () => {}): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const granted = async (c: AppContext, wanted: "upload" | "read") => {
    const found = await files.granted(c.req.param("id") ?? "", c.req.query("token") ?? "");
    if ((found.purpose === "upload") === (wanted === "upload")) return found;
    throw new ChatKitError("forbidden", { message: "This link is not for that.", reason: "link" });
  };
  const grant = (c: AppContext, wanted: "upload" | "read") =>
    granted(c, wanted).catch((thrown: unknown) => {
      if (thrown instanceof ChatKitError && thrown.reason === "link") noteRefused(c, thrown.reason);
      throw thrown;
    });
  const upload = async (c: AppContext) => {
    const { userId, attachmentId } = await grant(c, "upload");
    const context = ownerContext<C>(userId, c);
    const stored = await patiently(c, async () => files.upload(attachmentId, await uploadOf(c), context));
    return c.json(wireAttachment(stored, await files.links(context)));
  };
  app.put(SIGNED_PATH, upload);
  app.post(SIGNED_PATH, upload);
  app.get(SIGNED_PATH, async (c) => {
    const { purpose, userId, attachmentId } = await grant(c, "read");
    c.env?.timeout?.(c.req.raw, READING_S);
    return download(c.req.raw, await files.open(attachmentId, purpose === "preview" ? "preview" : "file", ownerContext<C>(userId, c)));
  });
  return app;
}

/** `POST /chatkit/attachments`: a form whose field `file` is the file. Answers the attachment. */
export function formRoute<C extends RequestContext>(files: Files<C>, contextOf: (request: Request) => Promise<C>) {
  return async function form(c: AppContext): Promise<Response> {
    const boundary = boundaryOf(c.req.raw.headers.get("content-type"));
    if (boundary === undefined) throw new ChatKitError("unsupported_media_type", { message: "Send a form (multipart/form-data)." });
    const context = await contextOf(c.req.raw);
    const stored = await patiently(c, async () => {
      const { field, name, type, chunks } = await firstFile(bodyOf(c), boundary);
      if (field !== FORM_FIELD) throw new ChatKitError("invalid_request", { message: `The form's file must be its field "${FORM_FIELD}".` });
      return files.add({ name, type, chunks }, context);
    });
    return c.json(wireAttachment(stored, await files.links(context)));
  };
}

/** For a server without files, unless a route of its own takes them: a form is larger than other bodies, and would be refused for that. */
export function refuseFiles(isTaken: () => boolean): MiddlewareHandler<AppEnv> {
  return (_, next) => {
    if (isTaken()) return next();
    throw takesNoFiles();
  };
}

async function patiently<T>(c: AppContext, work: () => Promise<T>): Promise<T> {
  c.env?.timeout?.(c.req.raw, WAITING_S);
  try {
    return await work();
  } finally {
    c.env?.timeout?.(c.req.raw, IDLE_S);
  }
}

async function uploadOf(c: AppContext): Promise<Upload> {
  const boundary = boundaryOf(c.req.raw.headers.get("content-type"));
  if (boundary !== undefined) return { chunks: (await firstFile(bodyOf(c), boundary)).chunks };
  const length = c.req.raw.headers.get("content-length");
  return { chunks: freed(bodyOf(c)), size: length === null ? undefined : Number(length) };
}

/** The body as it arrives. One that is cut off is an error, so that nothing of it is stored. */
async function* bodyOf(c: AppContext): AsyncGenerator<Uint8Array, void> {
  const request = c.req.raw;
  requireUncompressed(request);
  if (!request.body) return;
  const timeout = (seconds: number) => c.env?.timeout?.(request, seconds);
  try {
    // Only while it is read does the client have to send: it cannot while its chunk waits to be stored.
    timeout(SENDING_S);
    for await (const chunk of chunksOf(request.body)) {
      timeout(WAITING_S);
      yield chunk;
      timeout(SENDING_S);
    }
  } catch (cause) {
    throw cause instanceof ChatKitError ? cause : new ChatKitError("invalid_request", { message: "The file did not arrive.", cause });
  }
}

/** Frees each chunk when the next one is asked for: to collect fifty megabytes a second would stop all others again and again. */
async function* freed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    yield chunk;
    if (chunk.buffer instanceof ArrayBuffer) chunk.buffer.transfer(0);
  }
}

/** As if the owner had asked: a signed URL is used without the owner's own identity. */
function ownerContext<C extends RequestContext>(userId: string, c: AppContext): C {
  const { headers, signal } = c.req.raw;
  const waitUntil = (work: Promise<unknown>) => void work.catch(() => {});
  // Stores of this library look at the user alone.
  return { userId, requestId: c.get("requestId") ?? "", headers, signal, waitUntil } satisfies RequestContext as C;
}
