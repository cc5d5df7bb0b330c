import type { Removals } from "@muster/directory";
import { isUuid, uuidV7 } from "@muster/runtime";
import type { BulkOperation } from "@muster/scim";

const SPEAKS_OF_ACTIVE = /"[^"]*active"/i;
const TAKES_AWAY = /"(remove|replace)"/i;

/**
 * What a bulk request may take away, judged by its words alone, for the guard to judge it as one cause: it may name more
 * than goes, never less. One change of one group is a cause of its own.
 */
export function removalsOfBulk(operations: readonly BulkOperation[]): Removals {
  const userIds = new Set<string>();
  const changedIds = new Set<string>();
  let groups = 0;
  for (const { method, path, data } of operations) {
    if (method === "POST") continue;
    const [collection = "", id = ""] = path.split("/").slice(1);
    const text = JSON.stringify(data) ?? "";
    if (collection.toLowerCase() === "users" && isUuid(id)) {
      changedIds.add(id.toLowerCase());
      if (method === "DELETE" || SPEAKS_OF_ACTIVE.test(text)) userIds.add(id.toLowerCase());
    } else if (collection.toLowerCase() === "groups" && (method !== "PATCH" || TAKES_AWAY.test(text))) groups += 1;
  }
  return {
    cause: `scim.bulk:${uuidV7()}`,
    userIds: [...userIds],
    changedIds: [...changedIds],
    groups: groups > 1 || (groups === 1 && userIds.size > 0),
    holdAll: false,
  };
}
