import { describe, expect, it } from "vitest";
import { nameAt, readLock, readManifests, readText } from "./project-files.ts";

const maxDirect = 30;

/** Direct use is refused, with the reason; docs/dependencies.md says more. */
const banned = [
  /^scim-patch$/,
  /^scim2-parse-filter$/,
  /^ldapjs$/,
  /^axios$/,
  /^node-fetch$/,
  /^passport$/,
  /^jsonwebtoken$/,
  /^express-jwt$/,
  /^private-ip$/,
  /^(lodash|underscore)([.-].*)?$/,
  /^(deep-?merge|deep-?extend|merge-deep|defu|.*-deepmerge|deepmerge-.*)$/,
];

/** Not even through another package: a known hole (scim-patch) and a decommissioned client (ldapjs, V93). */
const bannedAnywhere = /^(scim-patch|scim2-parse-filter|ldapjs)$/;

const permissive = new Set(["0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);

/** A licence, several that all hold, `(Apache-2.0 AND BSD-3-Clause)`, or several of which we choose, `(MIT OR CC0-1.0)`. */
function isPermissive(licence: string): boolean {
  const choices = licence.replace(/^\((.*)\)$/, "$1").split(" OR ");
  return choices.some((choice) => choice.split(" AND ").every((one) => permissive.has(one)));
}

const manifests = readManifests();
const lock = readLock();

const direct = new Map(
  manifests
    .filter(({ name }) => name !== "muster")
    .flatMap(({ dependencies }) => Object.entries(dependencies ?? {}))
    .filter(([name]) => !name.startsWith("@muster/")),
);

const documented = [
  ...readText("docs/dependencies.md").matchAll(/^\| `([^`]+)` \| ([^|]+) \| `([^`]+)` \| (.+) \|$/gm),
].map(([, name = "", licence = "", least = "", why = ""]) => ({ name, licence: licence.trim(), least, why }));

/** Compares dotted numbers; what follows a hyphen is not looked at. */
function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split("-", 1).join("").split(".").map(Number));
  const index = [0, 1, 2].find((place) => a?.[place] !== b?.[place]);
  return index === undefined || (a?.[index] ?? 0) > (b?.[index] ?? 0);
}

describe("direct runtime dependencies", () => {
  it(`are at most ${maxDirect}, and each has its line in docs/dependencies.md`, () => {
    expect(direct.size).toBeLessThanOrEqual(maxDirect);
    expect(documented.map(({ name }) => name)).toEqual([...direct.keys()].toSorted());
    expect(documented.filter(({ why }) => why.length < 40)).toEqual([]);
  });

  it("are exact versions, no older than the documented floor, and one version each", () => {
    const all = manifests.flatMap(({ name, dependencies, devDependencies }) =>
      Object.entries({ ...dependencies, ...devDependencies }).map(([dependency, version]) => ({
        name,
        dependency,
        version,
      })),
    );
    const disagreeing = all.filter(
      ({ dependency, version }) => direct.has(dependency) && direct.get(dependency) !== version,
    );

    expect(all.filter(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(disagreeing).toEqual([]);
    expect(documented.filter(({ name, least }) => !isAtLeast(direct.get(name) ?? "0.0.0", least))).toEqual([]);
  });

  it("carry the licence that their line names", () => {
    const licences = new Map(lock.map(([place, { license, version }]) => [`${nameAt(place)}@${version}`, license]));

    for (const { name, licence } of documented) {
      expect({ name, licence: licences.get(`${name}@${direct.get(name)}`) }).toEqual({ name, licence });
    }
  });

  it("V93: are not on the banned list, and the worst are not anywhere below", () => {
    const names = manifests.flatMap(({ dependencies, devDependencies }) =>
      Object.keys({ ...dependencies, ...devDependencies }),
    );

    expect(names.filter((name) => banned.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(lock.map(([place]) => nameAt(place)).filter((name) => bannedAnywhere.test(name))).toEqual([]);
  });
});

it("everything that ships is under a permissive licence", () => {
  const shipped = lock.filter(
    ([place, entry]) => place.includes("node_modules/") && entry.dev !== true && entry.link !== true,
  );

  expect(shipped.filter(([, { license }]) => !isPermissive(license ?? "")).map(([place]) => place)).toEqual([]);
});
