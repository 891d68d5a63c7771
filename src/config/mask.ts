/**
 * Hides the secrets in addresses, in every form that people write them, the wrong ones included: logs and start errors are read by
 * many (CWE-532).
 */

export const MASK = "********";

/** For a value in force. What is not an address stays as it is: a model may be called `name@version`. */
export function maskUrl(text: string): string {
  return isAddress(text) ? withoutSecrets(text, () => MASK) : text;
}

/** For a value that was refused: it may have been meant as an address even if it does not look like one. */
export function maskRefused(text: string): string {
  return isLocal(text) ? maskUrl(text) : withoutSecrets(forgottenHostMasked(userinfoMasked(text, () => MASK)), () => MASK);
}

/** The secrets in an address, each as it is written there and as it is sent (decoded). */
export function secretsIn(address: string): string[] {
  const found = new Set<string>();
  if (!isAddress(address)) return [];
  withoutSecrets(address, (secret, isUserinfo) => {
    const password = isUserinfo ? secret.replace(/^[^:]*:/, "") : unquoted(secret);
    found.add(password).add(decoded(password));
    return MASK;
  });
  return [...found];
}

/** For a sentence that may hold addresses, bare or in quotes. */
export function maskInText(text: string): string {
  return text.replace(QUOTED, quotedMasked).replace(/[^\s"']+:\/\/[^\s"']+/g, maskUrl);
}

type Replace = (secret: string, isUserinfo: boolean) => string;

const isLocal = (text: string) => /^(memory|sqlite):/.test(text);
const isAddress = (text: string) => isLocal(text) || text.includes("://");

function withoutSecrets(text: string, replace: Replace): string {
  const visible = isLocal(text) ? text : tokensMasked(portsMasked(userinfoMasked(text, replace), replace), replace);
  const [, path = "", parameters = ""] = /^([^?#;]*)(.*)$/s.exec(isAddress(text) ? visible : "") ?? [];
  if (parameters === "") return isLocal(text) ? visible : fieldsMasked(visible, replace, SECRET_NAME_ONLY);
  return (isLocal(text) ? path : fieldsMasked(path, replace, SECRET_NAME_ONLY)) + parametersMasked(parameters, replace);
}

/** The end of name and password; `%40` where an address was encoded once too often. */
const AT = "(?:@|%40)";
const AUTHORITY = /^([^:/?#]*:\/\/)([^/?#]*)@/;
/** In an address behind the first one. */
const FURTHER = new RegExp(`(://)([^/?#@]+)(?=${AT})`, "g");
const HIDDEN_FURTHER = new RegExp(`^([^:/?#]*://)([^@]*:.*)(?=${AT})`, "is");
const UNREADABLE = new RegExp(`^([a-z][a-z0-9+.-]*://|postgres(?:ql)?:)?(.+)(?=${AT})`, "is");

function userinfoMasked(text: string, replace: Replace): string {
  if (!/@|%40/.test(text)) return text;
  if (!URL.canParse(text) || !text.includes("://")) return text.replace(UNREADABLE, (_, scheme = "", secret: string) => scheme + replace(secret, true));
  const [whole, scheme = "", userinfo = ""] = AUTHORITY.exec(text) ?? [];
  // With an unencoded slash in the password, the parser has ended the authority there: the rest of the password is further on.
  if (whole === undefined) return text.replace(HIDDEN_FURTHER, (_, start: string, secret: string) => start + replace(secret, true));
  const colon = userinfo.indexOf(":");
  const further = text.slice(whole.length).replace(FURTHER, (_, start: string, secret: string) => start + replace(secret, true));
  // A user name without a password is no secret in a database address; in any other it often is a token.
  if (colon < 0 && /^postgres/i.test(scheme)) return whole + further;
  const user = /^https?:/i.test(scheme) ? "" : userinfo.slice(0, colon + 1);
  return `${scheme}${user}${replace(userinfo.slice(user.length), true)}@${further}`;
}

/** What follows a colon but is no port: a password, if somebody has forgotten the host (`postgres://user:password`). */
const NO_PORT = /(:|%3A)(?!\*{8}|\d{1,5}(?:[/?#,@]|%2F|$)).+$/is;
const SCHEME = /^(?:[a-z][a-z0-9+.-]*(?::|%3A))+(?:\/|%2F)+/i;

function forgottenHostMasked(text: string): string {
  const [scheme = ""] = SCHEME.exec(text) ?? [];
  const start = SECRET_NAME.test(scheme) ? 0 : scheme.length;
  return text.slice(0, start) + text.slice(start).replace(NO_PORT, `$1${MASK}`);
}

const HOSTS = /^([^:/?#]*:\/\/(?:[^/?#]*@)?)([^/?#@]*)/;

/** Hides what is in the place of a port but is no number. In an address that is in use, only one of several hosts can have that. */
function portsMasked(text: string, replace: Replace): string {
  return text.replace(HOSTS, (_, start: string, hosts: string) => start + hosts.replace(/(\[[^\]]*\])|:(?!\d{1,5}(?:,|[.:!)]*$))([^,]+)/g, (part, ip?: string, secret = "") => (ip ? part : `:${replace(secret, false)}`)));
}

/** A part of a path that is no word: webhooks and gateways have their key there. */
const TOKEN = /\/(?=[^/]*\d)(?=[^/]*[a-z])([\w~]{20,}|sk-[\w-]+)(?=\/|$)/gi;

function tokensMasked(text: string, replace: Replace): string {
  const [whole, start = "", path = ""] = /^(https?:\/\/[^/?#]*)([^?#;]*)/i.exec(text) ?? [];
  if (whole === undefined) return text;
  return start + path.replace(TOKEN, (_, token: string) => `/${replace(token, false)}`) + text.slice(whole.length);
}

const SECRET_NAME = /pass|pwd|secret|token|key|credential|auth|signature|^sig$/i;
const EQUALS = String.raw`\s*(?:=|%3D)\s*`;
/** `host=… password='…'`, `?password=…&`, `;Password=…`: a value ends where the next name begins: unencoded, it may hold anything. */
const FIELD = new RegExp(`([^\\s?&;,#="']+)(${EQUALS})('(?:[^'\\\\]|\\\\.)*(?:'|$)|"(?:[^"\\\\]|\\\\.)*(?:"|$)|(?:(?![&;,\\s]+(?:[\\w.%-]+${EQUALS}|$))[^])*)`, "gi");

type IsShown = (name: string, value: string) => boolean;
const SECRET_NAME_ONLY: IsShown = (name) => !SECRET_NAME.test(name);

function fieldsMasked(text: string, replace: Replace, isShown: IsShown): string {
  if (!/=|%3D/i.test(text)) return text;
  return text.replace(FIELD, (field, name: string, equals: string, value: string) =>
    value === "" || isShown(decoded(name), value) ? field : name + equals + replace(value, false),
  );
}

/** Parameters without a secret, if their value is a plain word. All others are hidden: no list has all names of secrets (`code`, `sv` …). */
const HARMLESS = /^(user|sslmode|target_session_attrs|application_name|connect_timeout|statement_timeout|api-version)$/;
const IS_HARMLESS: IsShown = (name, value) => HARMLESS.test(name) && /^[\w.-]*$/.test(value);

/** What follows the path: `?name=value`, `;name=value`, `#name=value` and words alone. */
function parametersMasked(parameters: string, replace: Replace): string {
  const named = fieldsMasked(parameters, replace, IS_HARMLESS);
  return named.replace(/([?#&;])([^=&;?#]+)(?=[?#&;]|$)/g, (_, mark: string, word: string) => mark + replace(word, false));
}

const QUOTED = /(["'])((?:(?!\1)[^\\]|\\.)*)\1/g;
const LOOKS_SECRET = /(?::|%3A).*(?:@|%40)|(?:=|%3D)|:\/\/[^/]*:(?!\d{1,5}(?:\/|$))|:\/\/.*[?#;]/is;

function quotedMasked(quoted: string, mark: string, inside: string): string {
  const value = mark === '"' ? asJson(quoted) : inside;
  if (!LOOKS_SECRET.test(value)) return quoted;
  return mark === '"' ? JSON.stringify(maskRefused(value)) : mark + maskRefused(value) + mark;
}

/** The text between the quotes, with escapes resolved: the `n` of an escaped line break would be read as part of a name. */
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
