import type { Json } from "@muster/scim";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffJson } from "./diff-json.ts";

describe("diffJson", () => {
  it.each<[string, Json, Json, unknown]>([
    ["nothing", { a: [1] }, { a: [1] }, []],
    ["a value", { a: { b: 1 } }, { a: { b: 2 } }, [{ path: "a.b", before: 1, after: 2 }]],
    ["one more in a list", { a: [1] }, { a: [1, 2] }, [{ path: "a[1]", before: null, after: 2 }]],
    ["a member that goes", { a: 1, b: 2 }, { a: 1 }, [{ path: "b", before: 2, after: null }]],
    ["another kind of value", { a: [1] }, { a: { b: 1 } }, [{ path: "a", before: [1], after: { b: 1 } }]],
  ])("E8: tells %s", (_what, before, after, changes) => {
    expect(diffJson(before, after)).toEqual(changes);
  });

  it("E8: is empty exactly for what is equal, and mirrored the other way round", () => {
    const documents = fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json);
    fc.assert(
      fc.property(documents, documents, (one, other) => {
        const mirrored = diffJson(other, one).map(({ path, before, after }) => ({
          path,
          before: after,
          after: before,
        }));

        expect(diffJson(one, one)).toEqual([]);
        expect(new Set(diffJson(one, other).map((change) => JSON.stringify(change)))).toEqual(
          new Set(mirrored.map((change) => JSON.stringify(change))),
        );
      }),
    );
  });
});
