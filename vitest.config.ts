import { defineConfig } from "vitest/config";

/** The deliberately wrong tree that test/gate feeds to the tools; it is never run, linted or type-checked as ours. */
const planted = "test/gate/planted/**";

/** They replace a module of Node, which can be done only before anybody has loaded it. */
const mocking = ["packages/credentials/src/{remember-proofs,token-digest}.test.ts"];

/** File globs that one run leaves out, with blanks between: `--exclude` does not reach projects. */
const leftOut = (process.env["MUSTER_TEST_LEAVE_OUT"] ?? "").split(" ").filter((glob) => glob !== "");

export default defineConfig({
  test: {
    // Two files at a time even on two processors: most of what a test does is wait for others.
    maxWorkers: 2,
    // Child processes, not threads: a test that exhausts memory must not take the run along. A process goes from file to file, since
    // reading the same modules for each would cost a third of the time; nothing of ours lives in a module (no singletons).
    pool: "forks",
    isolate: false,
    // Once per run, for all projects: the portal, Postgres and Redis.
    globalSetup: ["test/setup/build-portal.ts", "test/setup/global-setup.ts"],
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts"],
          exclude: ["**/node_modules/**", ...mocking, ...leftOut],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      { extends: true, test: { name: "unit-alone", include: mocking, exclude: leftOut, isolate: true } },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/**/*.test.ts"],
          exclude: [planted, "**/node_modules/**", ...leftOut],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
