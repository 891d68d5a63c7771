/** The characters of one label (the text between two dots) of a host name. */
const LABEL = "[a-z0-9_-]+";

/**
 * A pattern for a host name or an origin whose first label may be `*`, which stands for exactly one label. Undefined when `*` is
 * anywhere else, or would match names of many owners, as `*.com` does.
 */
export function labelPattern(text: string): RegExp | undefined {
  const [, scheme = "", wildcard, rest = ""] = /^([a-z][a-z0-9+.-]*:\/\/)?(\*\.)?([^*]+)$/.exec(text) ?? [];
  const isWide = wildcard !== undefined && !/^[^.:]+\.[^.:]/.test(rest) && !/^localhost(?::|$)/.test(rest);
  if (rest === "" || isWide) return undefined;
  return new RegExp(`^${RegExp.escape(scheme)}${wildcard === undefined ? "" : `${LABEL}\\.`}${RegExp.escape(rest)}$`);
}
