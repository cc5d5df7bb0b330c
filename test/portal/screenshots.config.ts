import { defineConfig } from "vitest/config";

/** What `npm run screenshots` runs: a picture of each main screen, into docs/screens. */
export default defineConfig({
  test: {
    pool: "forks",
    globalSetup: ["test/setup/build-portal.ts", "test/setup/global-setup.ts"],
    include: ["test/portal/take-screenshots.ts"],
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
});
