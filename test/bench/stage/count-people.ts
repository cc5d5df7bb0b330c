import type { ScimTarget } from "../load/scim-request.ts";
import { numberOf } from "./admin-client.ts";
import type { Stage } from "./open-stage.ts";
import { askScim } from "./scim-client.ts";

/** How many people the gateway says a directory has. */
export async function countPeople(stage: Pick<Stage, "api">, target: ScimTarget): Promise<number> {
  return numberOf(await askScim(stage, target, { method: "GET", path: "/Users?count=0" }), "totalResults");
}
