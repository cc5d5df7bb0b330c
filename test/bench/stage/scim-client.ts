import { createHttpConnection } from "../load/http-connection.ts";
import { type ScimTarget, scimRequest } from "../load/scim-request.ts";
import { type JsonObject, toObject } from "./admin-client.ts";
import type { ApiProcess } from "./api-process.ts";

/** Sends one SCIM request that nobody measures and gives what it was answered. @throws {Error} unless that is a 2xx */
export async function askScim(
  stage: { api: ApiProcess },
  target: ScimTarget,
  request: { method: "GET" | "POST" | "PATCH" | "DELETE"; path: string; body?: string },
): Promise<JsonObject> {
  const connection = createHttpConnection(stage.api.address);
  const reply = await connection.exchange(scimRequest(target, request.method, request.path, request.body));
  connection.close();
  const text = reply.body.toString("utf8");
  if (reply.status < 200 || reply.status > 299)
    throw new Error(`${request.method} ${request.path} answered ${reply.status}: ${text}`);
  return text === "" ? {} : toObject(JSON.parse(text));
}
