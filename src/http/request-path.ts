import { getPath } from "hono/utils/url";

/**
 * The path of a request. When a request has no valid `Host` header, its `url` is only a path, and Hono, which skips the host, would
 * skip its first segment: `/livez` of an HTTP/1.0 load balancer would not be found, and `/x/chatkit` would be `/chatkit`.
 */
export function requestPath(request: Request): string {
  return getPath(request.url.startsWith("/") ? new Request(`http://localhost${request.url}`) : request);
}
