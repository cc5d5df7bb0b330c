import { fileURLToPath } from "node:url";
import { spawnProcess } from "@muster/testkit";
import pg from "pg";
import type { ScimTarget } from "../load/scim-request.ts";
import { numberOf, toObject } from "../stage/admin-client.ts";
import type { ApiProcess } from "../stage/api-process.ts";
import { IN_FLIGHT } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import { BARE_TABLES } from "./bare-tables.ts";

/** People in by HTTP, durably, and out again: with nothing of a product in between. */
export type BarePipeline = ApiProcess & { name: string; scim: ScimTarget; stop(): Promise<void> };

const INGRESS = fileURLToPath(new URL("bare-ingress.ts", import.meta.url));
const WORKER = fileURLToPath(new URL("bare-worker.ts", import.meta.url));

/** Starts what the time to the app is measured against: two processes, as the product has, on the same Postgres. */
export async function startBarePipeline(stage: Pick<Stage, "limitUrl">, app: SampleAppProcess): Promise<BarePipeline> {
  const db = new pg.Client({ connectionString: stage.limitUrl });
  await db.connect();
  await db.query(BARE_TABLES);
  await db.end();
  const ingress = spawnProcess({ name: "the bare ingress", script: INGRESS, args: [stage.limitUrl] });
  const args = [stage.limitUrl, `${app.baseUrl}/Users`, app.token, String(IN_FLIGHT)];
  const worker = spawnProcess({ name: "the bare worker", script: WORKER, args });
  const [[line]] = await Promise.all([ingress.waitForLine(/^\{.*\}$/), worker.waitForLine(/^ready$/)]);
  const address = { host: "127.0.0.1", port: numberOf(toObject(JSON.parse(line)), "port") };
  return {
    name: "bare pipeline",
    pid: ingress.pid,
    address,
    scim: { host: `${address.host}:${address.port}`, path: "", bearerToken: "none" },
    async stop() {
      await Promise.all([ingress.kill(), worker.kill()]);
    },
  };
}
