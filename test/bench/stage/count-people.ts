import { createHttpConnection } from "../load/http-connection.ts";
import type { ScimTarget } from "../load/scim-request.ts";
import { numberOf, toObject } from "./admin-client.ts";
import type { Stage } from "./open-stage.ts";

/** How many people the gateway says a directory has. */
export async function countPeople(stage: Pick<Stage, "api">, target: ScimTarget): Promise<number> {
  const connection = createHttpConnection(stage.api.address);
  const reply = await connection.exchange(
    `GET ${target.path}/Users?count=0 HTTP/1.1\r\nhost: ${target.host}\r\nauthorization: Bearer ${target.bearerToken}\r\n\r\n`,
  );
  connection.close();
  return numberOf(toObject(JSON.parse(reply.body.toString("utf8"))), "totalResults");
}
