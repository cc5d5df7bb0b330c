import { destination, type LevelWithSilent, type Logger as PinoLogger, pino } from "pino";
import { printableFields, printableText } from "./log-fields.ts";

const MAX_MESSAGE_LENGTH = 2048;

export const logLevels = [
  "fatal",
  "error",
  "warn",
  "info",
  "debug",
  "trace",
  "silent",
] as const satisfies LevelWithSilent[];
export type LogLevel = (typeof logLevels)[number];

type WritingLevel = Exclude<LogLevel, "silent">;

export type LogFields = Readonly<Record<string, unknown>>;

/** Logs a static message, with the changing parts as fields before it. */
export type LogMethod = {
  (message: string): void;
  (fields: LogFields, message: string): void;
};

export type Logger = { readonly [Level in WritingLevel]: LogMethod } & {
  /** A logger that puts these fields on each of its lines. */
  child(fields: LogFields): Logger;
};

/**
 * Makes a logger that prints one JSON object a line, on standard output unless `write` is given. What may be printed is
 * decided by `printableFields`; ERROR means that a person must act.
 *
 * @throws {RangeError} if the level is not one of `logLevels`
 */
export function createLogger(options: { name: string; level: string; write?: (line: string) => void }): Logger {
  const level = logLevels.find((known) => known === options.level);
  if (level === undefined) {
    throw new RangeError(`the log level is one of ${logLevels.join(", ")}, not ${JSON.stringify(options.level)}`);
  }
  const { write } = options;
  const sink = pino(
    {
      name: options.name,
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous, so that the last line before a crash is not lost.
    write === undefined ? destination({ fd: 1, sync: true }) : { write },
  );
  return wrap(sink);
}

type Sink = PinoLogger<never, boolean>;

function wrap(sink: Sink): Logger {
  const method = (level: WritingLevel): LogMethod => {
    return (first: LogFields | string, message?: string) => {
      if (!sink.isLevelEnabled(level)) {
        return;
      }
      const fields = typeof first === "string" ? {} : printableFields(first);
      sink[level](fields, printableText(typeof first === "string" ? first : (message ?? ""), MAX_MESSAGE_LENGTH));
    };
  };
  return {
    fatal: method("fatal"),
    error: method("error"),
    warn: method("warn"),
    info: method("info"),
    debug: method("debug"),
    trace: method("trace"),
    child: (fields) => wrap(sink.child(printableFields(fields))),
  };
}
