import { type DestinationStream, destination, type LevelWithSilent, type Logger as PinoLogger, pino } from "pino";
import { printableFields, printableText } from "./log-fields.ts";
import type { Metrics } from "./metrics.ts";

const MAX_MESSAGE_LENGTH = 2048;
/** What is kept while standard output takes nothing, such as a file on a full disk; what comes then is lost. */
const MAX_KEPT_BYTES = 1_000_000;

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
 * decided by `printableFields`; ERROR means that a person must act. A full disk loses lines, which `metrics` count, and
 * nothing else (F23).
 *
 * @throws {RangeError} if the level is not one of `logLevels`
 */
export function createLogger(options: {
  name: string;
  level: string;
  write?: (line: string) => void;
  metrics?: Metrics;
}): Logger {
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
    write === undefined ? openStandardOutput(options.metrics) : { write },
  );
  return wrap(sink);
}

function openStandardOutput(metrics: Metrics | undefined): DestinationStream {
  const lost = metrics?.counter({ name: "muster_log_lines_lost_total", help: "Log lines that could not be written" });
  // Synchronous, so that the last line before a crash is not lost.
  const output = destination({ fd: 1, sync: true, maxLength: MAX_KEPT_BYTES });
  // Kept, and written when there is room; an error that nobody hears would end the process.
  output.on("error", () => undefined);
  output.on("drop", () => lost?.inc());
  return output;
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
