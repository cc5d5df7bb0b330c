import { readDemoConfig } from "./demo-config.ts";
import { createNarrator } from "./narrator.ts";
import { runDemo } from "./run-demo.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!interrupted.signal.aborted) console.log("\nStopping ...");
    interrupted.abort(new Error(`interrupted by ${signal}`));
  });
}

/** What a shell reports of a command that Ctrl-C ended. */
const INTERRUPTED_EXIT_CODE = 130;

try {
  const config = readDemoConfig(process.argv.slice(2), process.env);
  const wrong = await runDemo(
    {
      narrator: createNarrator((line) => console.log(line)),
      signal: interrupted.signal,
      untilInterrupted: () =>
        new Promise((resolve) => {
          // The timer keeps the process alive when nothing else does.
          const alive = setInterval(() => {}, 60_000);
          const end = (): void => {
            clearInterval(alive);
            resolve();
          };
          if (interrupted.signal.aborted) end();
          else interrupted.signal.addEventListener("abort", end, { once: true });
        }),
    },
    config,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = INTERRUPTED_EXIT_CODE;
  else {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
