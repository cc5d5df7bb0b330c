import type { Benchmark, Part } from "./benchmarks.ts";
import { type Figure, type Measurement, type Size, verdictOf } from "./figures/figure.ts";
import { toTable } from "./report.ts";
import { type Stage, withStage } from "./stage/open-stage.ts";

export type RunInput = {
  benchmark: Benchmark;
  size: Size;
  /** How often a part is measured again when it missed a gate. */
  repeats: number;
  profileDir: string | undefined;
  print(line: string): void;
};

/** Runs a benchmark on a stage of its own and prints its table; false when a gate was missed or a figure does not count. */
export async function runBenchmark(input: RunInput): Promise<boolean> {
  const { benchmark, size, print } = input;
  return await withStage({ profileDir: input.profileDir }, async (stage) => {
    for (const line of stage.about) print(line);
    print(`medians of ${size.rounds} rounds, ${size.seconds} s a cell, ${size.users} accounts a backlog`);
    let isGood = true;
    const figures: Figure[] = [];
    for (const part of benchmark.parts) {
      const measured = await measurePart(stage, part, input);
      figures.push(...measured.figures);
      isGood &&= isHeld(measured);
      for (const fault of measured.faults) print(`${part.name} DOES NOT COUNT: ${fault}`);
    }
    print(`\n${toTable(figures)}`);
    return isGood;
  });
}

async function measurePart(stage: Stage, part: Part, input: RunInput): Promise<Measurement> {
  for (let repeat = 0; ; repeat += 1) {
    const startedAtMs = performance.now();
    const measured = await part.measure(stage, input.size);
    input.print(`${part.name}: measured in ${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
    // A wrong answer is never a matter of noise.
    if (repeat >= input.repeats || measured.faults.length > 0 || isHeld(measured)) return measured;
    input.print(`${part.name} missed a gate, measured once more:\n${toTable(measured.figures)}`);
  }
}

const isHeld = (measured: Measurement): boolean =>
  measured.faults.length === 0 && measured.figures.every((figure) => verdictOf(figure) !== "MISSED");
