import type { Json } from "@muster/scim";
import type { EventRecord, TenantId } from "@muster/store";

const PROVISIONING = "urn:ietf:params:scim:event:prov:";

/** What RFC 9967 calls what happened, where it has a name for it. */
const SCIM_EVENTS: Readonly<Record<string, string>> = {
  "user.created": `${PROVISIONING}create:full`,
  "user.updated": `${PROVISIONING}patch:full`,
  "user.activated": `${PROVISIONING}activate`,
  "user.deactivated": `${PROVISIONING}deactivate`,
  "user.deleted": `${PROVISIONING}delete`,
  "user.returned": `${PROVISIONING}create:full`,
  "group.created": `${PROVISIONING}create:full`,
  "group.renamed": `${PROVISIONING}patch:full`,
  "group.updated": `${PROVISIONING}patch:full`,
  "group.deleted": `${PROVISIONING}delete`,
};

export type EventView = {
  id: string;
  type: string;
  scimEvent: string | null;
  time: string;
  tenantId: string;
  directoryId: string | null;
  userId: string | null;
  groupId: string | null;
  connectionId: string | null;
  changes: Record<string, { old: Json; new: Json }>;
  traceId: string | null;
};

/** An event as its app owner sees it, the same over the API and in a webhook. */
export function viewEvent(tenantId: TenantId, event: EventRecord): EventView {
  const { at, position: _position, ...shown } = event;
  return { ...shown, scimEvent: SCIM_EVENTS[event.type] ?? null, time: at.toISOString(), tenantId };
}
