import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Benchmark, benchmarks, ciBenchmark } from "./benchmarks.ts";
import { runBenchmark } from "./run-benchmark.ts";

const USAGE = `npm run bench -- NAME [--rounds N] [--seconds S] [--users N] [--size N] [--profile FOLDER]
npm run bench -- --ci`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ci: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    users: { type: "string" },
    size: { type: "string" },
    profile: { type: "string" },
  },
});

const [name] = positionals;
const benchmark: Benchmark | undefined = values.ci ? ciBenchmark : benchmarks.find((known) => known.name === name);
if (benchmark === undefined) {
  if (name !== undefined) console.log(`There is no benchmark "${name}".\n`);
  console.log(`${USAGE}\n`);
  for (const known of benchmarks) console.log(`${known.name.padEnd(12)} ${known.summary}`);
  process.exit(name === undefined ? 0 : 2);
}

const isGood = await runBenchmark({
  benchmark,
  size: {
    rounds: positive("rounds") ?? benchmark.size.rounds,
    seconds: positive("seconds") ?? benchmark.size.seconds,
    users: positive("users") ?? benchmark.size.users,
    people: positive("size") ?? benchmark.size.people,
  },
  repeats: values.ci,
  profileDir: values.profile === undefined ? undefined : resolve(values.profile),
  print: (line) => console.log(line),
});
process.exit(isGood ? 0 : 1);

function positive(option: "rounds" | "seconds" | "users" | "size"): number | undefined {
  const text = values[option];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.log(`--${option} takes a whole number above 0, not "${text}"`);
  return process.exit(2);
}
