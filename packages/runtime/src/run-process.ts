import { printableText } from "./log-fields.ts";
import type { Logger } from "./logger.ts";
import { SettingsError } from "./settings.ts";

const CLOSE_LIMIT_MS = 20_000;
/** One Ctrl-C under npm arrives twice, from the terminal and from npm; a person's second one comes later. */
const SAME_REQUEST_MS = 1000;
const MAX_LINE_LENGTH = 4096;
const MAX_CAUSES = 4;

export type ProcessPart = { close(): Promise<void> };

export type ProcessInput = {
  name: string;
  start(): Promise<ProcessPart>;
  logger?: Logger;
  /** How long `close` may take before the process ends regardless; 20 s unless told. */
  closeLimitMs?: number;
};

/**
 * Runs a process from start to exit. SIGTERM and SIGINT close it and exit 0, 1 if closing fails or takes too long; a
 * second signal exits at once. A failed start prints what is wrong and exits 1; so does an error that nobody caught.
 * Resolves when the start is over.
 */
export async function runProcess(input: ProcessInput): Promise<void> {
  const { name, logger } = input;
  const fail = (what: string, error: unknown): never => {
    if (logger === undefined) {
      printError(`${name}: ${what}: ${readable(error)}`);
    } else {
      logger.fatal({ error: asError(error) }, what);
    }
    process.exit(1);
  };
  // What cannot be printed, because a disk is full or a reader has gone, is no reason to end (F23).
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("uncaughtException", (error) => fail("uncaught error", error));
  process.on("unhandledRejection", (reason) => fail("unhandled rejection", reason));

  const stopRequest = onStopSignal();
  const starting = startOrExit(input);
  const signal = stopRequest.then(async (received) => {
    const limit = setTimeout(
      () => fail("stop took too long", new Error("some work was cut off")),
      input.closeLimitMs ?? CLOSE_LIMIT_MS,
    );
    logger?.info({ signal: received }, "stopping");
    try {
      const running = await starting;
      await running.close();
    } catch (error) {
      fail("stop failed", error);
    }
    clearTimeout(limit);
    logger?.info("stopped");
    process.exit(0);
  });
  void signal;
  await starting;
}

async function startOrExit({ name, start, logger }: ProcessInput): Promise<ProcessPart> {
  try {
    return await start();
  } catch (error) {
    logger?.debug({ error: asError(error) }, "start failed");
    printError(`${name} did not start: ${readable(error)}`);
    process.exit(1);
  }
}

/** Resolves at the first stop signal; one that comes a while later ends the process on the spot. */
function onStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      const nowMs = performance.now();
      if (firstMs === undefined) {
        firstMs = nowMs;
        resolve(signal);
      } else if (nowMs - firstMs >= SAME_REQUEST_MS) {
        process.exit(signal === "SIGINT" ? 130 : 143);
      }
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
}

/** The message of an error and of its causes on one line; the problems of settings on a line each. */
function readable(error: unknown): string {
  if (error instanceof SettingsError) {
    return printableText(error.message, MAX_LINE_LENGTH);
  }
  const messages: string[] = [];
  let current = error;
  for (let depth = 0; current !== undefined && depth < MAX_CAUSES; depth += 1) {
    const message = messageOf(current);
    if (!messages.some((earlier) => earlier.includes(message))) {
      messages.push(message);
    }
    current = current instanceof Error ? current.cause : undefined;
  }
  return printableText(messages.join(": "), MAX_LINE_LENGTH).replaceAll(/\s*\n\s*/g, " ");
}

/** A refused connection to a name with two addresses has a code and no message. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { code } = error as { code?: unknown };
  return error.message === "" ? `${error.name}${typeof code === "string" ? ` ${code}` : ""}` : error.message;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}
