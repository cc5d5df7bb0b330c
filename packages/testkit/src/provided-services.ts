import { inject } from "vitest";
import type { TestServices } from "./test-services.ts";

/** The services of this test run; only inside vitest. */
export function providedServices(): TestServices {
  const services: TestServices | undefined = inject("musterServices");
  if (services === undefined) {
    throw new Error('no test services: vitest.config.ts needs globalSetup: ["test/setup/global-setup.ts"]');
  }
  return services;
}

/** Where the processes of this test run keep what Node has compiled, so that the next ones start quicker; for `NODE_COMPILE_CACHE`. */
export const compiledPath = (): string => providedServices().compiledPath;
