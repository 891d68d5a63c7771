/** Addresses without the secrets in them, in every way somebody writes one, right or wrong: logs and start errors are read by many (CWE-532). */

export const MASK = "********";

/** A value in force. What is no address stays as it is: a model may well be called `name@version`. */
export function maskUrl(text: string): string {
  return text.includes("://") ? maskRefused(text) : text;
}

/** A value that could not be read, and may have been meant as an address all the same. */
export function maskRefused(text: string): string {
  return withoutSecrets(text, () => MASK);
}

/** What is secret in an address, as it is written and as it is sent. */
export function secretsIn(address: string): string[] {
  const found = new Set<string>();
  if (!address.includes("://")) return [];
  withoutSecrets(address, (secret, isUserinfo) => {
    const password = isUserinfo ? secret.replace(/^[^:]*:/, "") : unquoted(secret);
    found.add(password).add(decoded(password));
    return MASK;
  });
  return [...found];
}

/** A sentence with addresses in it, or with values in quotes that may be some. */
export function maskInText(text: string): string {
  return text.replace(QUOTED, quotedMasked).replace(/[^\s"']+:\/\/[^\s"']+/g, maskUrl);
}

type Replace = (secret: string, isUserinfo: boolean) => string;

function withoutSecrets(text: string, replace: Replace): string {
  return /^(memory|sqlite):/.test(text) ? text : fieldsMasked(userinfoMasked(text, replace), replace);
}

/** Where a name and a password end; some have been encoded once too often. */
const AT = "(?:@|%40)";
const AUTHORITY = /^([^:/?#]*:\/\/)([^/?#]*)@/;
const HIDDEN_FURTHER = new RegExp(`^([^:/?#]*://)([^@]*:.*)(?=${AT})`, "is");
const UNREADABLE = new RegExp(`^([a-z][a-z0-9+.-]*://|postgres(?:ql)?:)?(.+)(?=${AT})`, "is");

function userinfoMasked(text: string, replace: Replace): string {
  if (!/@|%40/.test(text)) return text;
  if (!URL.canParse(text) || !text.includes("://")) return text.replace(UNREADABLE, (_, scheme = "", secret: string) => scheme + replace(secret, true));
  const [whole, scheme = "", userinfo = ""] = AUTHORITY.exec(text) ?? [];
  // A password with an unencoded slash ends what is read as the authority.
  if (whole === undefined) return text.replace(HIDDEN_FURTHER, (_, start: string, secret: string) => start + replace(secret, true));
  const colon = userinfo.indexOf(":");
  // Of a database the name alone is no secret; by HTTP it often is a token.
  if (colon < 0 && !/^https?:/i.test(scheme)) return text;
  const user = /^https?:/i.test(scheme) ? "" : userinfo.slice(0, colon + 1);
  return `${scheme}${user}${replace(userinfo.slice(user.length), true)}@${text.slice(whole.length)}`;
}

const SECRET_NAME = /pass|pwd|secret|token|key|credential|auth|signature|^sig$/i;
const EQUALS = String.raw`\s*(?:=|%3D)\s*`;
/** `host=… password='…'`, `?password=…&`, `;Password=…`: a value ends where the next name begins, since an unencoded one may hold anything. */
const FIELD = new RegExp(`([^\\s?&;,#="']+)(${EQUALS})('(?:[^'\\\\]|\\\\.)*(?:'|$)|"(?:[^"\\\\]|\\\\.)*(?:"|$)|(?:(?![&;,\\s]+(?:[\\w.%-]+${EQUALS}|$))[^])*)`, "gi");

function fieldsMasked(text: string, replace: Replace): string {
  if (!/=|%3D/i.test(text)) return text;
  return text.replace(FIELD, (field, name: string, equals: string, value: string) =>
    value !== "" && SECRET_NAME.test(decoded(name)) ? name + equals + replace(value, false) : field,
  );
}

const QUOTED = /(["'])((?:(?!\1)[^\\]|\\.)*)\1/g;
const LOOKS_SECRET = /(?::|%3A).*(?:@|%40)|(?:=|%3D)/is;

function quotedMasked(quoted: string, mark: string, inside: string): string {
  const value = mark === '"' ? asJson(quoted) : inside;
  if (!LOOKS_SECRET.test(value)) return quoted;
  return mark === '"' ? JSON.stringify(maskRefused(value)) : mark + maskRefused(value) + mark;
}

/** Escapes of tabs and line breaks would hide where a name begins. */
function asJson(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

function unquoted(text: string): string {
  return text.replace(/^(['"])(.*)\1$/s, "$2");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
