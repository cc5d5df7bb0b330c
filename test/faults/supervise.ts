import { type ProcessExit, type SpawnedProcess, spawnProcess } from "@muster/testkit";

/** A process that is started again whenever it ends by itself, as a supervisor would. */
export type Supervised = {
  readonly name: string;
  current(): SpawnedProcess;
  isUp(): boolean;
  /** It ended, or is yet to be started again, although nobody asked it to end. */
  isDown(): boolean;
  /** How often it was started. */
  starts(): number;
  /** How its lives ended so far, the ones that were asked for included. */
  exits(): readonly ProcessExit[];
  /** Everything that its lives printed. */
  output(): string[];
  /** Sends a signal to the life of now and, unless it is SIGSTOP or SIGCONT, waits for its end; it is not started again. */
  retire(signal: NodeJS.Signals): Promise<ProcessExit>;
};

/** A supervisor waits a moment, or a process that cannot start would eat the machine. */
const RESTART_AFTER_MS = 200;

/**
 * Starts a script under supervision. `crashes` holds the crash points of its first lives, one entry each; later lives
 * have none. With `restart: false` it has one life.
 */
export function supervise(input: {
  name: string;
  script: string;
  env: Readonly<Record<string, string>>;
  crashes?: readonly string[] | undefined;
  restart?: boolean | undefined;
}): Supervised {
  const lives: SpawnedProcess[] = [];
  const exits: ProcessExit[] = [];
  let retired = input.restart === false;

  const start = (): SpawnedProcess => {
    const crash = input.crashes?.[lives.length];
    const life = spawnProcess({
      name: `${input.name} (life ${lives.length + 1})`,
      script: input.script,
      env: { ...input.env, ...(crash === undefined ? {} : { MUSTER_CRASH_POINT: crash }) },
    });
    lives.push(life);
    void life.exited.then((exit) => {
      exits.push(exit);
      setTimeout(() => {
        if (!retired) current = start();
      }, RESTART_AFTER_MS);
    });
    return life;
  };
  let current = start();

  return {
    name: input.name,
    current: () => current,
    isUp: () => exits.length < lives.length,
    isDown: () => exits.length === lives.length && !retired,
    starts: () => lives.length,
    exits: () => exits,
    output: () => lives.flatMap((life) => [...life.stdout, ...life.stderr]),
    async retire(signal) {
      retired = true;
      await current.kill(signal);
      return await current.exited;
    },
  };
}
