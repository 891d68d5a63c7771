/** A request that the server refused, or that got no answer after all attempts. */
export class RequestFailed extends Error {
  override name = "RequestFailed";

  constructor(
    message: string,
    /** 0 when there was no answer. */
    readonly status: number,
    /** The server's code for the mistake, such as `thread_not_found`. */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** The server's message for the person, if the body has one; else a sentence with the status. */
export async function refusalOf(response: Response): Promise<RequestFailed> {
  const body: unknown = await response.json().catch(() => undefined);
  const { message, error } = (body ?? {}) as { message?: unknown; error?: { code?: unknown } };
  const text = typeof message === "string" ? message : `The server answered with status ${response.status}.`;
  return new RequestFailed(text, response.status, typeof error?.code === "string" ? error.code : undefined);
}
