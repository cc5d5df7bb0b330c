import { expect, it } from "vitest";

const files = import.meta.glob<string>("../**/*.tsx", { query: "?raw", import: "default", eager: true });
const source = Object.values(files).join("\n");

/** What the whole portal names of what changes something: in the calls that do it, and anywhere else. */
const CHANGING = `"((?:POST|PUT|PATCH|DELETE) /api/[^"]+)"`;
const namesIn = (text: string) =>
  new Set([...text.matchAll(new RegExp(CHANGING, "g"))].map(([, route]) => route ?? ""));
const CALLS = new RegExp(String.raw`useChange\(\s*${CHANGING}`, "g");

it("D11, M6: whatever a page changes is named a second time, where it is decided who is offered it", () => {
  const changed = [...source.matchAll(CALLS)].map(([, route]) => route ?? "");
  const elsewhere = namesIn(source.replaceAll(CALLS, ""));

  expect(changed.length).toBeGreaterThan(30);
  expect([...new Set(changed)].filter((route) => !elsewhere.has(route))).toEqual([]);
});
