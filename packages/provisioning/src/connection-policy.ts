import { Refusal } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import {
  type Database,
  expandConnections,
  findGroups,
  type GroupBinding,
  insertAudit,
  inTenant,
  inTrace,
  listApps,
  listAssignments,
  listRules,
  type Precedence,
  replaceAssignments,
  replaceRules,
  type TenantId,
  type Tx,
  updateConnection,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

/** A group as a person names it. A name that no group has yet waits for one. */
export type GroupName = { id: string } | { displayName: string };

/** A group as an assignment or rule has it now. */
export type BoundGroup = { id: string | null; displayName: string | null; bound: boolean };

export type Assignments = { everyone: boolean; groups: BoundGroup[] };
export type Rules = {
  precedence: Precedence;
  defaultRole: string | null;
  rules: { group: BoundGroup; role: string }[];
};

/** Replaces who is in a connection's scope; everybody it has or should have is looked at again. */
export async function putAssignments(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { everyone: boolean; groups: readonly GroupName[] },
): Promise<Assignments> {
  const { tenantId, actor } = owner;
  return await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    await replaceAssignments(
      tx,
      tenantId,
      connectionId,
      await bind(tx, tenantId, connection.directoryId, input.groups),
    );
    await updateConnection(tx, tenantId, connectionId, { everyone: input.everyone });
    await expandConnections(tx, tenantId, {
      connectionIds: [connectionId],
      cause: "assignments.put",
      removal: false,
      actor,
    });
    await insertAudit(tx, tenantId, { actor, action: "assignments.put", target: connectionId });
    return await readAssignments(tx, tenantId, connectionId, input.everyone);
  });
}

/** Replaces a connection's group-to-role rules; everybody it has is looked at again. */
export async function putRules(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { precedence: Precedence; defaultRole: string | null; rules: readonly { group: GroupName; role: string }[] },
): Promise<Rules> {
  const { tenantId, actor } = owner;
  return await inTrace(
    deps.db,
    owner,
    async (tx) => {
      const connection = await requireConnection(tx, tenantId, connectionId);
      const [app] = await listApps(tx, owner.workspaceId, { id: connection.appId, limit: 1 });
      const known = new Set(app?.roles.map((role) => role.key));
      for (const role of [input.defaultRole, ...input.rules.map((rule) => rule.role)]) {
        if (role !== null && !known.has(role))
          throw new Refusal("invalid", `The app has no role "${role}": it has ${[...known].join(", ") || "none"}`);
      }
      const groups = await bind(
        tx,
        tenantId,
        connection.directoryId,
        input.rules.map((rule) => rule.group),
      );
      const rules = input.rules.map((rule, position) => ({ ...(groups[position] ?? WAITING), role: rule.role }));
      await replaceRules(tx, tenantId, connectionId, rules);
      await updateConnection(tx, tenantId, connectionId, {
        precedence: input.precedence,
        defaultRole: input.defaultRole,
      });
      await expandConnections(tx, tenantId, {
        connectionIds: [connectionId],
        cause: "rules.put",
        removal: false,
        actor,
      });
      await insertAudit(tx, tenantId, { actor, action: "rules.put", target: connectionId });
      return await readRules(tx, tenantId, connectionId, input);
    },
    owner.workspaceId,
  );
}
const WAITING: GroupBinding = { groupId: null, displayName: null };

/** Reads who is in a connection's scope. */
export async function getAssignments(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Assignments> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    const connection = await requireConnection(tx, owner.tenantId, connectionId);
    return await readAssignments(tx, owner.tenantId, connectionId, connection.everyone);
  });
}

/** Reads a connection's group-to-role rules in their order. */
export async function getRules(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Rules> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    const connection = await requireConnection(tx, owner.tenantId, connectionId);
    return await readRules(tx, owner.tenantId, connectionId, connection);
  });
}

async function readAssignments(
  tx: Tx,
  tenantId: TenantId,
  connectionId: string,
  everyone: boolean,
): Promise<Assignments> {
  return { everyone, groups: (await listAssignments(tx, tenantId, connectionId)).map(toBoundGroup) };
}

async function readRules(
  tx: Tx,
  tenantId: TenantId,
  connectionId: string,
  policy: { precedence: Precedence; defaultRole: string | null },
): Promise<Rules> {
  const rows = await listRules(tx, tenantId, connectionId);
  return {
    precedence: policy.precedence,
    defaultRole: policy.defaultRole,
    rules: rows.map((row) => ({ group: toBoundGroup(row), role: row.role })),
  };
}

function toBoundGroup(row: GroupBinding & { currentName: string | null }): BoundGroup {
  return { id: row.groupId, displayName: row.currentName ?? row.displayName, bound: row.groupId !== null };
}

/** Binds names to the groups that have them now; an id must name a group of this directory. */
async function bind(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  names: readonly GroupName[],
): Promise<GroupBinding[]> {
  const found = await findGroups(tx, tenantId, directoryId, {
    ids: names.flatMap((name) => ("id" in name ? [name.id] : [])),
    displayNames: names.flatMap((name) => ("id" in name ? [] : [name.displayName])),
  });
  return names.map((name) => {
    if ("id" in name) {
      if (!found.some((group) => group.id === name.id))
        throw new Refusal("invalid", `This connection's directory has no group ${name.id}`);
      return { groupId: name.id, displayName: null };
    }
    const key = foldCase(name.displayName);
    const group = found.find((candidate) => foldCase(candidate.displayName) === key);
    return { groupId: group?.id ?? null, displayName: name.displayName };
  });
}
