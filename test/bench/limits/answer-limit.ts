import { fileURLToPath } from "node:url";
import { spawnProcess } from "@muster/testkit";
import { filterPath } from "../load/scim-request.ts";
import { numberOf, toObject } from "../stage/admin-client.ts";
import type { ApiProcess } from "../stage/api-process.ts";
import type { Stage } from "../stage/open-stage.ts";
import { askScim } from "../stage/scim-client.ts";
import { type SeededDirectory, seededId, seededUserName } from "../stage/seeded-directory.ts";

export type AnswerLimit = ApiProcess & { name: string; stop(): Promise<void> };

const SCRIPT = fileURLToPath(new URL("constant-answers.ts", import.meta.url));

/** Starts express with nothing behind it, that answers what the product answers for the first person of a directory. */
export async function startAnswerLimit(stage: Stage, directory: SeededDirectory): Promise<AnswerLimit> {
  const { scim } = directory;
  const user = await askScim(stage, scim, { method: "GET", path: `/Users/${seededId(0)}` });
  const list = await askScim(stage, scim, { method: "GET", path: filterPath(seededUserName(0)) });
  const child = spawnProcess({
    name: "express with constant answers",
    script: SCRIPT,
    args: [user, list].map((body) => JSON.stringify(body)),
  });
  const [line] = await child.waitForLine(/^\{.*\}$/);
  const address = { host: "127.0.0.1", port: numberOf(toObject(JSON.parse(line)), "port") };
  return { name: "express, constant", pid: child.pid, address, stop: () => child.kill() };
}
