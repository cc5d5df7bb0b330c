import { openStage } from "../e2e/stage.ts";
import type { Endpoint } from "./driver.ts";

/**
 * The endpoint under test: the one that MUSTER_CONFORMANCE_URL and MUSTER_CONFORMANCE_TOKEN name, else a directory of a
 * gateway that is booted for this file.
 */
export async function openEndpoint(
  env: NodeJS.ProcessEnv = process.env,
): Promise<Endpoint & { close(): Promise<void> }> {
  const { MUSTER_CONFORMANCE_URL: url, MUSTER_CONFORMANCE_TOKEN: token } = env;
  if (url !== undefined && token !== undefined) return { url, token, close: async () => {} };
  if (url !== undefined || token !== undefined)
    throw new Error("MUSTER_CONFORMANCE_URL and MUSTER_CONFORMANCE_TOKEN belong together: set both, or none");
  const stage = await openStage();
  const tenant = await stage.newTenant();
  return { url: tenant.endpointUrl, token: tenant.bearerToken, close: () => stage.close() };
}
