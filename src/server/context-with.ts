import type { RequestContext } from "./context.ts";

/**
 * A request's context with more in it. A plain object is copied, since a caller may use it for several requests; an object of a class
 * of the user's own cannot be without losing its private fields, and is that request's alone.
 */
export function contextWith<C extends RequestContext>(context: C, more: Partial<RequestContext>): C {
  const isPlain = Object.getPrototypeOf(context) === Object.prototype;
  return Object.assign(isPlain ? { ...context } : context, more);
}
