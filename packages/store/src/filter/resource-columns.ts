import type { AttributePath, ResourceType } from "@muster/scim";
import { groupUrn, userUrn } from "@muster/scim";
import { sql } from "kysely";
import { compile } from "./compile.ts";
import { always, type Fragment } from "./condition.ts";
import { absentLeaf, booleanLeaf, idLeaf, type Leaf, textLeaf, timeLeaf } from "./leaf.ts";
import { type Rows, rowsTarget } from "./rows-target.ts";
import { leafTarget, notServed, type Target } from "./target.ts";

/** What attributes that are not kept as JSON are made of. `baseUrl` is null where nobody knows the addresses shown. */
export type ColumnScope = { tenantId: string; baseUrl: string | null };

type Columns = {
  readonly leaves: Readonly<Record<string, Leaf>>;
  readonly rows: Readonly<Record<string, (scope: ColumnScope) => Rows>>;
};

const id = idLeaf(sql`r.id`);
const externalId = textLeaf({ text: sql`r.external_id`, caseExact: true });

// Attributes reach SQL by these tables, or as a parameter of the JSON operators; never as text of a statement (V85).
const COLUMNS: Readonly<Record<ResourceType, Columns>> = {
  User: {
    leaves: {
      id,
      externalId,
      userName: textLeaf({ text: sql`r.user_name`, key: sql`r.user_name_key`, caseExact: false }),
      active: booleanLeaf(sql`r.active`),
    },
    rows: { groups: groupsOfUser, schemas: () => schemasOf(userUrn) },
  },
  Group: {
    leaves: {
      id,
      externalId,
      displayName: textLeaf({ text: sql`r.display_name`, key: sql`r.display_name_key`, caseExact: false }),
    },
    rows: { members: membersOfGroup, schemas: () => schemasOf(groupUrn) },
  },
};

const KIND_PATH: Readonly<Record<ResourceType, string>> = { User: "/Users/", Group: "/Groups/" };

/** Finds what a path stands for if that is not among the stored attributes. */
export function columnTarget(resourceType: ResourceType, path: AttributePath, scope: ColumnScope): Target | undefined {
  if (path.urn !== undefined) return undefined;
  if (path.name === "meta") return metaTarget(resourceType, path, scope);
  const { leaves, rows } = COLUMNS[resourceType];
  const leaf = Object.hasOwn(leaves, path.name) ? leaves[path.name] : undefined;
  if (leaf !== undefined) return leafTarget(leaf);
  const rowsOf = Object.hasOwn(rows, path.name) ? rows[path.name] : undefined;
  return rowsOf === undefined ? undefined : rowsTarget(rowsOf(scope), path);
}

function metaTarget(resourceType: ResourceType, path: AttributePath, scope: ColumnScope): Target {
  const part = (name: string | undefined): Target => leafTarget(metaLeaf(resourceType, name, scope));
  const whole = { present: () => always, assigned: () => always };
  return {
    ...part(path.sub),
    ...(path.sub === undefined ? whole : {}),
    where: (filter) => compile(filter, ({ name }) => part(name)),
  };
}

function metaLeaf(resourceType: ResourceType, name: string | undefined, scope: ColumnScope): Leaf {
  if (name === "resourceType") return textLeaf({ text: sql`${resourceType}::text`, caseExact: true });
  if (name === "created") return timeLeaf(sql`r.created_at`);
  if (name === "lastModified") return timeLeaf(sql`r.updated_at`);
  if (name === "version") return textLeaf({ text: sql`('W/"' || r.version || '"')`, caseExact: true });
  return name === "location" ? addressLeaf(scope, KIND_PATH[resourceType], sql`r.id`) : absentLeaf;
}

function addressLeaf({ baseUrl }: ColumnScope, kindPath: Fragment | string, target: Fragment): Leaf {
  if (baseUrl === null) throw notServed("An address of this server, such as meta.location,");
  const kind = typeof kindPath === "string" ? sql`${kindPath}::text` : kindPath;
  return textLeaf({ text: sql`(${baseUrl}::text || ${kind} || ${target}::text)`, caseExact: true });
}

function schemasOf(urn: string): Rows {
  const value = textLeaf({ text: sql`e.urn`, caseExact: true });
  return {
    // As the resource shows them: its own, and the extensions that have values; only those keys hold a colon.
    from: sql`lateral (select r.id as owner, 0 as position, ${urn}::text as urn union all
      select r.id, 1, k from jsonb_object_keys(r.attributes) k where strpos(k, ':') > 0)`,
    first: sql`e.position`,
    parts: { value },
    some: always,
  };
}

function groupsOfUser(scope: ColumnScope): Rows {
  const { tenantId } = scope;
  return {
    from: sql`(select m.user_id as owner, g.id, g.display_name, g.display_name_key from memberships m
      join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id where m.tenant_id = ${tenantId})`,
    first: sql`e.display_name_key`,
    parts: {
      value: idLeaf(sql`e.id`),
      display: textLeaf({ text: sql`e.display_name`, key: sql`e.display_name_key`, caseExact: false }),
      get $ref() {
        return addressLeaf(scope, KIND_PATH.Group, sql`e.id`);
      },
    },
    some: sql`exists (select 1 from memberships m where m.tenant_id = ${tenantId} and m.user_id = r.id)`,
    ownersOf: (group) =>
      sql`select m.user_id from memberships m where m.tenant_id = ${tenantId} and m.group_id = ${group}::uuid`,
  };
}

function membersOfGroup(scope: ColumnScope): Rows {
  const { tenantId } = scope;
  const type = sql`e.type`;
  return {
    from: sql`(select m.group_id as owner, u.id, coalesce(u.attributes ->> 'displayName', u.user_name) as display, 'User' as type
      from memberships m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
      where m.tenant_id = ${tenantId} and u.deleted_at is null
      union all select m.group_id, g.id, g.display_name, 'Group' from group_members m
      join groups g on g.tenant_id = m.tenant_id and g.id = m.member_group_id where m.tenant_id = ${tenantId})`,
    first: sql`e.id`,
    parts: {
      value: idLeaf(sql`e.id`),
      display: textLeaf({ text: sql`e.display`, caseExact: false }),
      type: textLeaf({ text: type, caseExact: false }),
      get $ref() {
        return addressLeaf(scope, sql`('/' || ${type} || 's/')`, sql`e.id`);
      },
    },
    some: sql`(exists (select 1 from memberships m where m.tenant_id = ${tenantId} and m.group_id = r.id)
      or exists (select 1 from group_members m where m.tenant_id = ${tenantId} and m.group_id = r.id))`,
    ownersOf: (
      member,
    ) => sql`select m.group_id from memberships m where m.tenant_id = ${tenantId} and m.user_id = ${member}::uuid
      union all select m.group_id from group_members m where m.tenant_id = ${tenantId} and m.member_group_id = ${member}::uuid`,
  };
}
