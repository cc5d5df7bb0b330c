import type { Benchmark, Part } from "./benchmarks.ts";
import { type Figure, type Measurement, type Size, verdictOf } from "./figures/figure.ts";
import { watchForeignLoad } from "./measure/foreign-load.ts";
import { toTable } from "./report.ts";
import { type Stage, withStage } from "./stage/open-stage.ts";

export type RunInput = {
  benchmark: Benchmark;
  size: Size;
  /** Whether a part that missed a gate is measured once more. */
  repeats: boolean;
  profileDir: string | undefined;
  print(line: string): void;
};

/** Runs a benchmark on a stage of its own and prints its table; false when a gate was missed or a figure does not count. */
export async function runBenchmark(input: RunInput): Promise<boolean> {
  const { benchmark, size, print } = input;
  return await withStage({ profileDir: input.profileDir, note: print }, async (stage) => {
    for (const line of stage.about) print(line);
    print(
      `medians of ${size.rounds} rounds, ${size.seconds} s a cell, ${size.users} accounts a backlog, ${size.people} people a directory`,
    );
    const watch = await watchForeignLoad();
    const parts: Measurement[] = [];
    for (const part of benchmark.parts) {
      const measured = await measurePart(stage, part, input);
      parts.push(measured);
      for (const fault of measured.faults) print(`${part.name} DOES NOT COUNT: ${fault}`);
    }
    const figures = parts.flatMap((measured) => measured.figures);
    print(`\n${toTable(figures)}`);
    const foreignCores = await watch.cores();
    const isNoisy = foreignCores !== null && foreignCores > QUIET_CORES;
    if (isNoisy)
      print(
        `\nOther work took ${foreignCores.toFixed(1)} cores meanwhile: rates and ratios are too low, CPU and statements hold.`,
      );
    // By hand a miss is a miss. Unattended, a rate that was measured beside other work proves nothing either way.
    // A ratio close to its gate decides nothing unattended either: the same build moves that much between two runs.
    const isJudged = (figure: Figure): boolean =>
      !(input.repeats && (figure.against !== undefined || figure.isTime === true) && (isNoisy || isNearGate(figure)));
    const missed = figures.filter(isMissed);
    for (const figure of missed.filter((one) => !isJudged(one))) print(`Not judged: ${figure.id} ${figure.name}`);
    return parts.every((measured) => measured.faults.length === 0) && !missed.some(isJudged);
  });
}

/** What a machine does anyway. */
const QUIET_CORES = 0.15;

/** Measures a part, and once more where a gate was missed; a gate counts as held when either time held it. */
async function measurePart(stage: Stage, part: Part, input: RunInput): Promise<Measurement> {
  const first = await measureOnce(stage, part, input);
  // A wrong answer is never a matter of noise.
  if (!input.repeats || first.faults.length > 0 || first.figures.every((figure) => !isMissed(figure))) return first;
  input.print(`${part.name} missed a gate and is measured once more:\n${toTable(first.figures.filter(isMissed))}`);
  const second = await measureOnce(stage, part, input);
  const again = (figure: Figure): Figure =>
    second.figures.find(({ id, name }) => id === figure.id && name === figure.name) ?? figure;
  return { figures: first.figures.map((figure) => (isMissed(figure) ? again(figure) : figure)), faults: second.faults };
}

async function measureOnce(stage: Stage, part: Part, input: RunInput): Promise<Measurement> {
  const startedAtMs = performance.now();
  const measured = await part.measure(stage, input.size);
  input.print(`${part.name}: measured in ${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
  return measured;
}

/** How far on the wrong side of its gate a ratio may be in one run and on the right one in the next, on two shared cores. */
const RUN_TO_RUN = 0.15;

function isNearGate({ gate, judged }: Figure): boolean {
  if (gate === undefined || judged === undefined) return false;
  return "atLeast" in gate ? judged >= gate.atLeast * (1 - RUN_TO_RUN) : judged <= gate.atMost * (1 + RUN_TO_RUN);
}

const isMissed = (figure: Figure): boolean => verdictOf(figure) === "MISSED";
