import { Refusal } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import {
  type AssignmentsInput,
  type ConnectionRecord,
  type Database,
  expandConnections,
  findGroups,
  type GroupBinding,
  type GroupName,
  insertAudit,
  inTenant,
  inTrace,
  listApps,
  listAssignments,
  listRules,
  type Precedence,
  type RuleRecord,
  type RulesInput,
  replaceAssignments,
  replaceRules,
  type TenantId,
  type Tx,
  updateConnection,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

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
  input: AssignmentsInput,
): Promise<Assignments> {
  const { tenantId, actor } = owner;
  return await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    await replaceAssignments(
      tx,
      tenantId,
      connectionId,
      await bindGroups(tx, tenantId, connection.directoryId, input.groups),
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
  input: RulesInput,
): Promise<Rules> {
  const { tenantId, actor } = owner;
  return await inTrace(
    deps.db,
    owner,
    async (tx) => {
      const connection = await requireConnection(tx, tenantId, connectionId);
      await replaceRules(tx, tenantId, connectionId, await bindRules(tx, owner, connection, input));
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

/** Binds rules to the groups that have their names now, or refuses: no such group id, no such role of the app. */
export async function bindRules(
  tx: Tx,
  owner: Pick<Owner, "workspaceId" | "tenantId">,
  connection: Pick<ConnectionRecord, "appId" | "directoryId">,
  input: RulesInput,
): Promise<RuleRecord[]> {
  const [app] = await listApps(tx, owner.workspaceId, { id: connection.appId, limit: 1 });
  const known = new Set(app?.roles.map((role) => role.key));
  for (const role of [input.defaultRole, ...input.rules.map((rule) => rule.role)]) {
    if (role !== null && !known.has(role))
      throw new Refusal("invalid", `The app has no role "${role}": it has ${[...known].join(", ") || "none"}`);
  }
  const names = input.rules.map((rule) => rule.group);
  const groups = await bindGroups(tx, owner.tenantId, connection.directoryId, names);
  return input.rules.map((rule, position) => ({ ...(groups[position] ?? WAITING), role: rule.role }));
}

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
export async function bindGroups(
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
