import { Refusal } from "@muster/runtime";
import type { Json } from "@muster/scim";
import {
  type Database,
  findGroups,
  findPeople,
  getPolicyVersion,
  getVersionBefore,
  inTenant,
  inTrace,
  type PolicyVersion,
  type TenantId,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import { diffJson, type JsonChange } from "./diff-json.ts";
import { type PolicyEdit, readStoredPolicy, saveEdit } from "./policy-edit.ts";

export type { JsonChange } from "./diff-json.ts";

/** Reads a version of a connection's policy or refuses with "not found". */
export async function requireVersion(
  tx: Tx,
  tenantId: TenantId,
  key: { connectionId: string; versionId: string },
): Promise<PolicyVersion> {
  const version = await getPolicyVersion(tx, tenantId, key);
  if (version === undefined) throw new Refusal("notFound", `This connection has no version ${key.versionId}`);
  return version;
}

/** Lists what differs between a version of a connection's policy and an earlier one, that before it unless said. */
export async function changesBetween(
  deps: { db: Database },
  { tenantId }: Owner,
  key: { connectionId: string; versionId: string },
  since: string | undefined,
): Promise<{ since: PolicyVersion; version: PolicyVersion; changes: JsonChange[] }> {
  const { connectionId } = key;
  return await inTenant(deps.db, tenantId, async (tx) => {
    const after = await requireVersion(tx, tenantId, key);
    const before =
      since === undefined
        ? await getVersionBefore(tx, tenantId, { connectionId, number: after.number })
        : await requireVersion(tx, tenantId, { connectionId, versionId: since });
    // The first one has none before it: nothing changed.
    return { since: before ?? after, version: after, changes: diffJson(asJson(before ?? after), asJson(after)) };
  });
}

const asJson = ({ policy }: PolicyVersion): Json => JSON.parse(JSON.stringify(policy)) as Json;

/**
 * Saves an earlier version again, as a new one; everybody of the connection is looked at again, and the guard judges it like
 * any edit. A group that is gone waits under its name for one that comes; a person who is gone likewise.
 */
export async function restoreVersion(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  versionId: string,
): Promise<void> {
  const restore = async (tx: Tx): Promise<void> => {
    const { tenantId } = owner;
    const { directoryId } = await requireConnection(tx, tenantId, connectionId);
    const { policy, number } = await requireVersion(tx, tenantId, { connectionId, versionId });
    const edit = await onlyKnown(tx, tenantId, directoryId, readStoredPolicy(policy));
    await saveEdit(tx, owner, connectionId, edit, { cause: `version.restore: ${number}` });
  };
  await inTrace(deps.db, owner, restore, owner.workspaceId);
}

type Named = { id: string; displayName?: string; userName?: string } | object;

/** A policy whose ids are all there: what is gone goes by its name. */
export async function onlyKnown(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  { assignments, rules, mapping }: Required<PolicyEdit>,
): Promise<PolicyEdit> {
  const { groups, people = [] } = assignments;
  const ruled = rules.rules.flatMap(({ group }) => group ?? []);
  const known = new Set(
    [
      ...(await findGroups(tx, tenantId, directoryId, { ids: idsOf([...groups, ...ruled]), displayNames: [] })),
      ...(await findPeople(tx, tenantId, directoryId, { ids: idsOf(people), userNames: [] })),
    ].map(({ id }) => id),
  );
  const byName = <T extends Named>(one: T): T => {
    if (!("id" in one) || known.has(one.id)) return one;
    const { id: _gone, ...named } = one;
    return named as T;
  };
  return {
    assignments: { ...assignments, groups: groups.map(byName), people: people.map(byName) },
    rules: {
      ...rules,
      rules: rules.rules.map(({ group, ...rule }) => (group === undefined ? rule : { ...rule, group: byName(group) })),
    },
    mapping,
  };
}

const idsOf = (named: readonly Named[]): string[] => named.flatMap((one) => ("id" in one ? [one.id] : []));
