import { inject } from "vitest";
import type { TestServices } from "./test-services.ts";

/** The services of this test run, with the Postgres of this process; only inside vitest. */
export function providedServices(): Omit<TestServices, "databaseUrls"> & { databaseUrl: string } {
  const services: TestServices | undefined = inject("musterServices");
  if (services === undefined) {
    throw new Error('no test services: vitest.config.ts needs globalSetup: ["test/setup/global-setup.ts"]');
  }
  const { databaseUrls, ...others } = services;
  // Processes are numbered from 1, and there are never more of them than the run was told to have.
  const databaseUrl = databaseUrls[(Number(process.env["VITEST_POOL_ID"]) - 1) % databaseUrls.length];
  if (databaseUrl === undefined) throw new Error("this test runs outside of vitest's processes");
  return { ...others, databaseUrl };
}

/** Where the processes of this test run keep what Node has compiled, so that the next ones start quicker; for `NODE_COMPILE_CACHE`. */
export const compiledPath = (): string => providedServices().compiledPath;
