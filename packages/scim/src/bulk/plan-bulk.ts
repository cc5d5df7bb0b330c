import type { BulkOperation } from "./parse-bulk.ts";
import { referenceIn, referencesIn } from "./references.ts";

/** One operation in the order of running; what refers to a `late` bulkId is added when that one exists. */
export type BulkStep = { index: number; late: ReadonlySet<string> };

type Waiting = { index: number; references: string[] };

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Orders the operations of a bulk request as they were sent, but for those that refer to a later create: they wait for
 * it. No operation is ever moved ahead of one that was sent before it, unless that one waits. Where references go in a
 * circle, a create of the circle does without some of them at first.
 *
 * @see RFC 7644 §3.7.1
 */
export function planBulk(operations: readonly BulkOperation[]): BulkStep[] {
  const open = new Set<string>();
  for (const { method, bulkId } of operations) if (method === "POST" && bulkId !== null) open.add(bulkId);
  const steps: BulkStep[] = [];
  let waiting: Waiting[] = [];

  function run(index: number, late: ReadonlySet<string>): void {
    steps.push({ index, late });
    const { method, bulkId } = operations[index] ?? {};
    if (method === "POST" && typeof bulkId === "string") open.delete(bulkId);
  }
  const isReady = ({ references }: Waiting): boolean => !references.some((reference) => open.has(reference));
  /** Runs whoever waits for nothing any more, the first sent first, until nobody is left who could. */
  function runReady(): void {
    for (let next = waiting.find(isReady); next !== undefined; next = waiting.find(isReady)) {
      const { index } = next;
      waiting = waiting.filter((one) => one.index !== index);
      run(index, NOTHING);
    }
  }

  for (const [index, operation] of operations.entries()) {
    const one = { index, references: referencesOf(operation) };
    if (!isReady(one)) {
      waiting.push(one);
      continue;
    }
    run(index, NOTHING);
    if (operation.method === "POST") runReady();
  }
  while (waiting.length > 0) {
    // Whoever is left waits for a circle of creates: its first goes ahead.
    const first = waiting.find(({ index }) => operations[index]?.method === "POST") ?? waiting[0];
    if (first === undefined) break;
    waiting = waiting.filter((one) => one.index !== first.index);
    run(first.index, new Set(first.references.filter((reference) => open.has(reference))));
    runReady();
  }
  return steps;
}

/** Every bulkId that an operation needs: those in its data, and the one that its path names. */
export function referencesOf(operation: BulkOperation): string[] {
  const found = new Set<string>();
  const named = referenceIn(operation.path.slice(operation.path.lastIndexOf("/") + 1));
  if (named !== undefined) found.add(named);
  return [...referencesIn(operation.data, found)];
}
