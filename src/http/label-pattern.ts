/** What one label of a host name may hold. */
const LABEL = "[a-z0-9_-]+";

/**
 * Matches a name, or an origin, whose first label may be `*`: that stands for one label, not for several and not for none. Undefined
 * where it would stand for names of everybody, as `*.com` does, or is anywhere else.
 */
export function labelPattern(text: string): RegExp | undefined {
  const [, scheme = "", wildcard, rest = ""] = /^([a-z][a-z0-9+.-]*:\/\/)?(\*\.)?([^*]+)$/.exec(text) ?? [];
  const isWide = wildcard !== undefined && !/^[^.:]+\.[^.:]/.test(rest) && !/^localhost(?::|$)/.test(rest);
  if (rest === "" || isWide) return undefined;
  return new RegExp(`^${RegExp.escape(scheme)}${wildcard === undefined ? "" : `${LABEL}\\.`}${RegExp.escape(rest)}$`);
}
