import type { BulkOperation } from "./parse-bulk.ts";
import { referenceIn, referencesIn } from "./references.ts";

/** One operation in the order of running; what refers to a `late` bulkId is added when that one exists. */
export type BulkStep = { index: number; late: ReadonlySet<string> };

/**
 * Orders the operations of a bulk request so that each comes after the creates that it refers to, and otherwise as they
 * were sent. Where references go in a circle, a create of the circle does without some of them at first.
 *
 * @see RFC 7644 §3.7.1
 */
export function planBulk(operations: readonly BulkOperation[]): BulkStep[] {
  const makers = new Map<string, number>();
  for (const [index, { method, bulkId }] of operations.entries())
    if (method === "POST" && bulkId !== null) makers.set(bulkId, index);
  const steps: BulkStep[] = [];
  const state = new Map<number, "open" | "done">();

  // Without recursion: a chain of references may be as long as the request.
  for (const first of operations.keys()) {
    const stack = [visit(first)];
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top === undefined || top.next >= top.references.length) {
        if (top !== undefined && state.get(top.index) === "open") {
          state.set(top.index, "done");
          steps.push({ index: top.index, late: top.late });
        }
        stack.pop();
        continue;
      }
      const reference = top.references[top.next] ?? "";
      top.next += 1;
      const maker = makers.get(reference);
      if (maker === undefined || state.get(maker) === "done") continue;
      if (state.get(maker) === "open") top.late.add(reference);
      else stack.push(visit(maker));
    }
  }
  return steps;

  function visit(index: number): { index: number; references: string[]; next: number; late: Set<string> } {
    const operation = state.has(index) ? undefined : operations[index];
    if (operation !== undefined) state.set(index, "open");
    return { index, references: operation === undefined ? [] : referencesOf(operation), next: 0, late: new Set() };
  }
}

/** Every bulkId that an operation needs: those in its data, and the one that its path names. */
export function referencesOf(operation: BulkOperation): string[] {
  const found = new Set<string>();
  const named = referenceIn(operation.path.slice(operation.path.lastIndexOf("/") + 1));
  if (named !== undefined) found.add(named);
  return [...referencesIn(operation.data, found)];
}
