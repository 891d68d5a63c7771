import { getPath } from "hono/utils/url";

/**
 * Bun gives a request that names no host, or none that can be one, its path alone for an address, and Hono looks for the path
 * behind a host: it would not find the probes of a load balancer that speaks HTTP/1.0, and take `/x/chatkit` for `/chatkit`.
 */
export function requestPath(request: Request): string {
  return getPath(request.url.startsWith("/") ? new Request(`http://localhost${request.url}`) : request);
}
