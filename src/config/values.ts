import { TrustedProxies } from "../auth/trusted-proxies.ts";
import { isHeaderName } from "../auth/user-header.ts";
import { ChatKitError } from "../errors.ts";
import { AllowedHosts } from "../http/allowed-hosts.ts";
import { AllowedOrigins } from "../http/allowed-origins.ts";

/** Turns text from a flag, the environment or the file into a value. @throws ChatKitError whose message says what was expected */
export type Parse<T> = ((text: string) => T) & {
  /** The value as a person would write it, where it is a number with a unit. */
  inUnits?: (value: number) => string;
  /** Set for addresses: they may have secrets in them, and people put a secret alone in their place. */
  isAddress?: true;
};

const refuse = (expected: string): never => {
  throw new ChatKitError("config_invalid", { message: `expected ${expected}` });
};

/** A blank, as a script gives in the place of a variable that is not set, is nowhere meant. */
export const text: Parse<string> = (given) => (given.trim() === "" ? refuse("a value that is not blank") : given);

export const headerName: Parse<string> = (given) => (isHeaderName(given) ? given : refuse("the name of a header, such as X-User-ID"));

/** Keys and the like, which have to be one line. A line break at the end is ignored, since editors, `echo` and copying add one. */
export const oneLine: Parse<string> = (given) => {
  const line = given.replace(/[\r\n]+$/, "");
  return /[\0\r\n]/.test(line) ? refuse("one line of text") : line;
};

const list: Parse<string[]> = (given) =>
  given
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

export const wholeNumber =
  (min: number, max: number): Parse<number> =>
  (given) => {
    const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    return value >= min && value <= max ? value : refuse(`a whole number from ${min} to ${max}`);
  };

export function oneOf<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (given) => choices.find((choice) => choice === given) ?? refuse(`one of ${choices.join(", ")}`);
}

export const truth: Parse<boolean> = (given) => (given === "true" || given === "false" ? given === "true" : refuse("true or false"));

export const LARGEST_FILE_BYTES = 16 * 1024 ** 3;

const BYTE_UNITS: Record<string, number> = { "": 1, b: 1, k: 1024, kib: 1024, m: 1024 ** 2, mib: 1024 ** 2, g: 1024 ** 3, gib: 1024 ** 3 };

/** `1048576`, `512k`, `1MiB`: units of 1024. */
export function bytes(min: number, max: number): Parse<number> {
  const parse = (given: string) => {
    const match = /^(\d+)\s*([a-z]*)$/i.exec(given);
    const unit = BYTE_UNITS[match?.[2]?.toLowerCase() ?? ""];
    const value = match && unit ? Number(match[1]) * unit : Number.NaN;
    return value >= min && value <= max ? value : refuse(`a size from ${inBytes(min)} to ${inBytes(max)}, such as 512KiB or 1MiB`);
  };
  return Object.assign(parse, { inUnits: inBytes });
}

const inBytes = (value: number) => inLargestUnit(value, { GiB: 1024 ** 3, MiB: 1024 ** 2, KiB: 1024, B: 1 });
const inTime = (ms: number) => inLargestUnit(ms, { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 });

/** The value in the largest unit in which it is a whole number; the units are given from the largest on. */
function inLargestUnit(value: number, units: Record<string, number>): string {
  const [unit, size] = Object.entries(units).find(([, size]) => value >= size && value % size === 0) ?? Object.entries(units).at(-1)!;
  return `${value / size}${unit}`;
}

const TIME_UNITS: Record<string, number> = { "": 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `20` (seconds), `500ms`, `1m`, `90d`; answers milliseconds. */
export function duration(minMs: number, maxMs: number): Parse<number> {
  const parse = (given: string) => {
    const match = /^(\d+)\s*(ms|s|m|h|d|)$/.exec(given);
    const value = match ? Number(match[1]) * TIME_UNITS[match[2]!]! : Number.NaN;
    return value >= minMs && value <= maxMs ? value : refuse(`a time from ${inTime(minMs)} to ${inTime(maxMs)}, such as 500ms, 20s or 1m`);
  };
  return Object.assign(parse, { inUnits: inTime });
}

/** For what is deleted after that time: who writes 90 and means days must not lose everything after 90 seconds. */
export function durationWithUnit(minMs: number, maxMs: number): Parse<number> {
  const parse = duration(minMs, maxMs);
  const withUnit = (given: string) => (/^\d+\s*$/.test(given) ? refuse("a time with its unit, such as 90d or 12h") : parse(given));
  return Object.assign(withUnit, { inUnits: inTime });
}

const address = (parse: (text: string) => string): Parse<string> => Object.assign(parse, { isAddress: true as const });

export const httpUrl = address((given) => {
  // The URL parser also accepts `http:/user:password@host`, but what hides passwords in messages would not find that one.
  return URL.canParse(given) && /^https?:\/\/[^/\\\s]/i.test(given) ? given.replace(/\/+$/, "") : refuse("an http:// or https:// address");
});

/** A list whose entries are checked by the class that will use them, so that a wrong entry is found at the start. */
const listOf =
  (check: (entries: string[]) => unknown): Parse<string[]> =>
  (given) => {
    const found = list(given);
    check(found);
    return found;
  };

export const origins = listOf((entries) => new AllowedOrigins(entries));
export const hosts = listOf((entries) => new AllowedHosts(entries));
export const proxies = listOf((entries) => new TrustedProxies(entries));

export const schemaName: Parse<string> = (given) => (/^[a-z_][a-z0-9_]{0,62}$/.test(given) ? given : refuse("a name of small letters, digits and underscores"));

/** `name=other,name=other`. */
export const names: Parse<Record<string, string>> = (given) => {
  const pairs = list(given).map((entry) => entry.split("=").map((part) => part.trim()));
  const isPair = (pair: string[]) => pair.length === 2 && pair.every((part) => part !== "");
  return pairs.every(isPair) ? (Object.fromEntries(pairs) as Record<string, string>) : refuse("names and what they mean, such as gpt-4.1=gpt-5.6-luna");
};

export const databaseUrl = address((text) => {
  const given = oneLine(text);
  if (/^postgres(ql)?:\/\//.test(given)) return isPostgresUrl(given) ? given : refuse("an address such as postgres://user:password@host:5432/database");
  // Without a path SQLite would use a temporary file, which is gone with the process.
  return /^(memory:|sqlite:(?!(\/\/)?$))/.test(given) ? given : refuse("memory:, sqlite:PATH or postgres://…");
});

/** Whether the driver can parse it: it decodes each part, and accepts several hosts, which a URL parser does not. */
function isPostgresUrl(given: string): boolean {
  try {
    const { username, password, host, pathname } = new URL(given.replace(/(@|:\/\/)([^@/?,]*),[^@/?]*/, "$1$2"));
    return [username, password, host, pathname].every((part) => decodeURIComponent(part) !== undefined);
  } catch {
    return false;
  }
}

const BUCKET_SETTINGS: ReadonlySet<string> = new Set(["endpoint", "region", "style"]);

export const attachmentsPlace: Parse<string> = (given) => {
  if (/^(?:disk:(?!(?:\/\/)?$).+|memory|off)$/.test(given)) return given;
  const bucket = /^s3:\/\/[a-z0-9][\w.-]+(?:\/[\w./-]*)?(?:\?.*)?$/.test(given) ? URL.parse(given) : null;
  const settings = [...(bucket?.searchParams ?? [])];
  const isKnown = ([name, value]: [string, string]) =>
    BUCKET_SETTINGS.has(name) && (name !== "endpoint" || /^https?:\/\/[^/\s]+$/.test(value)) && (name !== "style" || /^(path|virtual)$/.test(value));
  if (bucket && settings.every(isKnown)) return given;
  return refuse("disk:PATH, s3://bucket/prefix, memory or off; behind the prefix there may be ?endpoint=https://…&region=…&style=path|virtual");
};

/** `image/*:10MiB,application/pdf`: types, each with a largest size in bytes or without. */
export const attachmentTypes: Parse<string[]> = (given) =>
  list(given).map((entry) => {
    const [, type, size] = /^([a-z]+\/(?:\*|[\w.+-]+\*?))(?:\s*:\s*(\S+))?$/.exec(entry.toLowerCase()) ?? [];
    if (type === undefined) return refuse(`types such as image/*, application/pdf or text/*:1MiB; ${JSON.stringify(entry)} is none`);
    return size === undefined ? type : `${type}:${bytes(1, LARGEST_FILE_BYTES)(size)}`;
  });
