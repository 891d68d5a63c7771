import pino, { type DestinationStream } from "pino";
import type { Config } from "../config/options.ts";
import { secretsOf } from "../config/secrets.ts";
import type { Logger } from "../server/context.ts";
import { errorSerializer } from "./log-error.ts";

/** Logs to standard error: standard output is for what a verb was asked for. With several processes each line has the worker's number. */
export function createLogger(config: Config, worker?: number): Logger {
  const { logLevel, logFormat } = config;
  const stderr = turnByTurn(pino.destination({ dest: 2, sync: true }));
  const logger = pino(
    {
      level: logLevel,
      base: worker === undefined ? null : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorSerializer(secretsOf(config)) },
    },
    logFormat === "pretty" ? prettyLines(stderr) : stderr,
  );
  // Audit lines do not depend on the log level, except that `silent` silences them, too.
  const audit = logger.child({}, { level: logLevel === "silent" ? "silent" : "info" });
  return Object.assign(logger, { audit: (fields: object, message?: string) => audit.info(fields, message) });
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

/** For a person at a terminal: time, level, message, then the other fields. */
function prettyLines(out: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      const { level, time, msg = "", err, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : "";
      const stack = err === undefined ? "" : `\n${(err as { stack?: string }).stack ?? JSON.stringify(err)}`;
      out.write(`${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${rest}${stack}\n`);
    },
  };
}
