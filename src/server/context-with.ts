import type { RequestContext } from "./context.ts";

/**
 * A request's context with more in it. A plain object is copied, since its owner may use it for several requests. An instance of a
 * developer's own class is changed in place: a copy would lose its private fields.
 */
export function contextWith<C extends RequestContext>(context: C, more: Partial<RequestContext>): C {
  const isPlain = Object.getPrototypeOf(context) === Object.prototype;
  return Object.assign(isPlain ? { ...context } : context, more);
}
