import pino, { type DestinationStream } from "pino";
import type { Config } from "../../config/options.ts";
import { secretsOf } from "../../config/secrets.ts";
import { ChatKitError } from "../../errors.ts";
import type { Logger } from "../../server/context.ts";
import { errorSerializer, type LoggedError } from "./log-error.ts";

export type ReloadableLogger = Logger & {
  /** Takes the level and the secrets of a new configuration. */
  reconfigure(config: Config): void;
};

/**
 * Logs to standard error: standard output is for what a verb was asked for. With several processes each line has the worker's number.
 * @param kept gets each line in its JSON form, too
 */
export function createLogger(config: Config, worker?: number, kept?: { add(line: string): void }): ReloadableLogger {
  const { logLevel, logFormat, logUserIds } = config;
  let secrets = secretsOf(config);
  const serialize = (thrown: unknown) => errorSerializer(secrets)(thrown);
  const stderr = turnByTurn(visible(pino.destination({ dest: 2, sync: true })));
  const logger = pino(
    {
      level: logLevel,
      base: worker === undefined ? null : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: logUserIds === "hashed" ? (fields) => withoutUserId(withReason(fields)) : withReason },
      serializers: { err: serialize },
    },
    keptBy(kept, logFormat === "pretty" ? prettyLines(stderr) : stderr),
  );
  const audit = logger.child({}, { level: auditLevel(config) });
  return Object.assign(logger, {
    audit: (fields: object, message?: string) => audit.info(fields, message),
    reconfigure(next: Config) {
      logger.level = next.logLevel;
      audit.level = auditLevel(next);
      // The old ones stay secret: answers that go on may still use them.
      secrets = [...new Set([...secrets, ...secretsOf(next)])].sort((a, b) => b.length - a.length);
    },
  });
}

/** Audit lines do not depend on the log level, except that `silent` silences them, too. */
const auditLevel = ({ logLevel }: Config) => (logLevel === "silent" ? "silent" : "info");

function keptBy(kept: { add(line: string): void } | undefined, out: DestinationStream): DestinationStream {
  return kept ? { write: (line: string) => (kept.add(line), out.write(line)) } : out;
}

/**
 * What moves the cursor of a terminal (CWE-150), turns the direction of writing, or ends a line for some readers of logs (CWE-117): users'
 * names may hold it. `JSON.stringify` leaves most of these as they are.
 */
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function visible(out: DestinationStream): DestinationStream {
  return { write: (text: string) => out.write(text.replace(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, "0")}`)) };
}

/**
 * Info and debug lines of one turn of the event loop are written together, since a busy server logs a line for each request. Warnings
 * and errors are written at once, so that a crash does not lose them.
 */
function turnByTurn(out: DestinationStream): DestinationStream {
  let waiting = "";
  const flush = () => {
    const text = waiting;
    waiting = "";
    if (text) out.write(text);
  };
  process.on("exit", flush);
  return {
    write(line: string) {
      if (waiting === "") setImmediate(flush);
      waiting += line;
      if (!INFORMATION.test(line)) flush();
    },
  };
}

const INFORMATION = /^\{"level":"(info|debug)"/;

/** What can be counted of a failure: the error knows it, whoever logs it. */
function withReason(fields: Record<string, unknown>): Record<string, unknown> {
  const { err } = fields;
  return err instanceof ChatKitError && err.reason !== undefined ? { reason: err.reason, ...fields } : fields;
}

/** In place of the name of a user 64 bits of its hash: whoever knows a name finds its lines, and the lines do not give it away. */
function withoutUserId(fields: Record<string, unknown>): Record<string, unknown> {
  const { user_id: userId } = fields;
  if (typeof userId !== "string") return fields;
  return { ...fields, user_id: new Bun.CryptoHasher("sha256").update(userId).digest("hex").slice(0, 16) };
}

/** For a person at a terminal: time, level, message, then the other fields; below them an error, with its causes. */
function prettyLines(out: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg = "", err, ...fields } = JSON.parse(line) as Record<string, unknown> & { err?: LoggedError };
      const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
      const told = err === undefined ? "" : `\n${inWords(err)}`;
      out.write(`${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${rest}${told}\n`);
    },
  };
}

/** The same facts as in JSON: a stack begins with the class and the message. */
function inWords({ type, message, stack = `${type}: ${message}`, code, status, cause }: LoggedError): string {
  const facts = Object.entries({ code, status }).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${String(value)}`]));
  const [head = "", ...frames] = stack.split("\n");
  const first = head.startsWith(type) ? head : head.replace(/^\w*Error\b/, type);
  const lines = [facts.length > 0 ? `${first} (${facts.join(", ")})` : first, ...frames];
  return lines.join("\n") + (cause ? `\ncaused by ${inWords(cause)}` : "");
}
