import { foldCase } from "@muster/scim";
import type { LaneRef } from "./accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/** A single person as an assignment names them: bound to an id, or waiting under a userName. */
export type PersonBinding = { userId: string | null; userName: string | null };

/** Finds the people of a directory, deleted ones left out, that have one of these ids or user names. */
export async function findPeople(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  wanted: { ids: readonly string[]; userNames: readonly string[] },
): Promise<{ id: string; userNameKey: string }[]> {
  return await tx.named(FIND_PEOPLE, [tenantId, directoryId, wanted.ids, wanted.userNames.map(foldCase)]);
}

const FIND_PEOPLE: NamedStatement<{ id: string; userNameKey: string }> = {
  name: "find-people",
  text: `
select u.id, u.user_name_key as "userNameKey" from unnest($3::uuid[]) as w(id) cross join lateral (
  select id, user_name_key, directory_id, deleted_at from users where tenant_id = $1 and id = w.id offset 0) u
where u.directory_id = $2 and u.deleted_at is null
union select u.id, u.user_name_key from unnest($4::text[]) as w(key) cross join lateral (
  select id, user_name_key from users where tenant_id = $1 and directory_id = $2 and user_name_key = w.key and deleted_at is null offset 0) u`,
};

/** Replaces which single people are in a connection's scope. */
export async function replaceScopePeople(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  people: readonly PersonBinding[],
): Promise<void> {
  await tx.run(
    tx.sql.deleteFrom("scope_people").where("tenant_id", "=", tenantId).where("connection_id", "=", connectionId),
  );
  if (people.length === 0) return;
  await tx.run(
    tx.sql.insertInto("scope_people").values(
      people.map(({ userId, userName }, position) => ({
        tenant_id: tenantId,
        connection_id: connectionId,
        position,
        user_id: userId,
        user_name: userName,
        user_name_key: userName === null ? null : foldCase(userName),
      })),
    ),
  );
}

const LIST_SCOPE_PEOPLE: NamedStatement<PersonBinding & { currentName: string | null }> = {
  name: "list-scope-people",
  text: `
select p.user_id as "userId", p.user_name as "userName", u.user_name as "currentName"
from scope_people p left join lateral (
  select user_name from users where tenant_id = $1 and id = p.user_id and deleted_at is null offset 0) u on true
where p.tenant_id = $1 and p.connection_id = $2 order by p.position`,
};

/** Lists the single people of a connection's scope, with the present names of those who are there. */
export async function listScopePeople(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<(PersonBinding & { currentName: string | null })[]> {
  return await tx.named(LIST_SCOPE_PEOPLE, [tenantId, connectionId]);
}

const JUDGES_ATTRIBUTES: NamedStatement<{ judges: boolean }> = {
  name: "judges-attributes",
  text: `
select exists (select 1 from connections where tenant_id = $1 and directory_id = $2 and (scope <> '{}'
  or exists (select 1 from mappings m where m.tenant_id = $1 and m.connection_id = connections.id and m.maps_access offset 0)))
  or exists (select 1 from rollouts where tenant_id = $1 and directory_id = $2 and judges_attributes) as judges`,
};

/** Whether people's attributes decide about who has access in any connection of a directory, by its scope or its mapping. */
export async function judgesAttributes(tx: Statements, tenantId: TenantId, directoryId: string): Promise<boolean> {
  const [row] = await tx.named(JUDGES_ATTRIBUTES, [tenantId, directoryId]);
  return row?.judges === true;
}

const BIND_PEOPLE: NamedStatement<{ id: string }> = {
  name: "bind-people",
  text: `
with bound as (
  update scope_people p set user_id = n.user_id from unnest($3::uuid[], $4::text[]) as n(user_id, key)
  where p.tenant_id = $1 and p.connection_id = $2 and p.user_id is null and p.user_name_key = n.key returning p.position
)
update connections set awaits_people = false where tenant_id = $1 and id = $2 and awaits_people and not exists (
  select 1 from scope_people where tenant_id = $1 and connection_id = $2 and user_id is null and position not in (select position from bound))
returning id`,
};

/** Binds names that waited for people to those who have come: they stay in scope under another name. */
export async function bindPeople(
  tx: Statements,
  lane: Pick<LaneRef, "tenantId" | "connectionId">,
  people: readonly { userId: string; userNameKey: string }[],
): Promise<void> {
  await tx.named(BIND_PEOPLE, [
    lane.tenantId,
    lane.connectionId,
    people.map(({ userId }) => userId),
    people.map(({ userNameKey }) => userNameKey),
  ]);
}
