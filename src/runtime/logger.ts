import pino, { type DestinationStream } from "pino";
import type { Config } from "../config/options.ts";
import { secretsOf } from "../config/secrets.ts";
import type { Logger } from "../server/context.ts";
import { errorSerializer } from "./log-error.ts";

/** Lines on standard error, standard output being what the command line answers with; with the worker's number when there are several. */
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
  // Whoever wants fewer lines does not want fewer of those; whoever wants none, none at all.
  const audit = logger.child({}, { level: logLevel === "silent" ? "silent" : "info" });
  return Object.assign(logger, { audit: (fields: object, message?: string) => audit.info(fields, message) });
}

/**
 * Information of one turn of the loop is one write: a busy server says a line for each request. Anything worse is written at
 * once, so that no crash takes it along.
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
