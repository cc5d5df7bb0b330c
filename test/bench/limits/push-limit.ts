import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../stage/admin-client.ts";
import { IN_FLIGHT } from "../stage/onboard.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";

const SCRIPT = fileURLToPath(new URL("push-bodies.ts", import.meta.url));

/** Posts these bodies to the app with undici alone, in a process of its own. */
export async function pushAlone(app: SampleAppProcess, bodies: readonly JsonObject[]): Promise<void> {
  const args = [SCRIPT, `${app.baseUrl}/Users`, app.token, String(IN_FLIGHT)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(bodies.map((body) => `${JSON.stringify(body)}\n`).join(""));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`pushing with undici alone ended with ${code}`);
}

/** What was sent to make an account: the account without what the app itself adds. */
export function sentBody(user: JsonObject): JsonObject {
  const { id: _id, meta: _meta, groups: _groups, ...body } = user;
  return body;
}
