import type { RawAnswer, RawRequest } from "@muster/connectors";
import { type Attributes, groupUrn, isAttributes, type Json, patchOpUrn } from "@muster/scim";
import { makeObject, pathOf, told } from "./probe-objects.ts";
import { askedOf, type ProbeRun } from "./probe-run.ts";
import { idsIn } from "./probe-users.ts";

type TestGroup = { remoteId: string; name: string; externalId: string };

/** Tries what a group needs: to be made, found, filled, emptied one by one, and renamed. `members` are test users. */
export async function probeGroups(run: ProbeRun, members: readonly string[]): Promise<void> {
  const name = `muster-probe-${run.mark}`;
  const group = { name, externalId: `external-${name}` };
  const body: Attributes = { schemas: [groupUrn], displayName: name, externalId: group.externalId };
  const made = await makeObject(run, { kind: "group", name, body });
  const { remoteId } = made;
  const said = remoteId === null ? "No group can be made: none are pushed" : "A group was made";
  await run.step({ ...told("createGroup", made), verdict: remoteId === null ? "refused" : "works", said });
  if (remoteId === null) {
    if (run.profile.groups.create) run.learn("groups.push", false, { step: "createGroup", said });
    return;
  }
  const test = { ...group, remoteId };
  await probeGroupFilters(run, test);
  const inside = await probeMembers(run, test, members);
  if (inside.length > 1) await probeRemoval(run, test, inside);
  await probeRename(run, test);
}

async function probeGroupFilters(run: ProbeRun, { remoteId, name, externalId }: TestGroup): Promise<void> {
  const { lookups } = run.profile.groups;
  const values = { displayName: name, externalId };
  const found: ("externalId" | "displayName")[] = [];
  const lost: string[] = [];
  for (const attribute of ["externalId", "displayName"] as const) {
    const path = lookups[attribute];
    if (path === undefined) continue;
    const query = `filter=${encodeURIComponent(`${path} eq ${JSON.stringify(values[attribute])}`)}&excludedAttributes=members`;
    const request: RawRequest = { method: "GET", path: "/Groups", query };
    const answer = await run.ask(request);
    const ids = idsIn(answer);
    const works = ids.length === 1 && ids[0] === remoteId;
    (works ? found : lost).push(attribute);
    const said = works
      ? `A filter by ${attribute} finds exactly the group`
      : `A filter by ${attribute} does not find the group`;
    await run.step({
      ...told("groupFilters", { request, answer }),
      verdict: works ? "works" : answer.failure === null ? "differs" : "refused",
      said,
    });
  }
  if (lost.length > 0)
    run.learn("groups.lookups", found, { step: "groupFilters", said: `A group cannot be found by ${lost.join(", ")}` });
}

const patchOf = (remoteId: string, operations: Json[]): RawRequest => ({
  method: "PATCH",
  path: pathOf("group", remoteId),
  body: { schemas: [patchOpUrn], Operations: operations },
});

const valuesOf = (ids: readonly string[]): Json[] => ids.map((value) => ({ value }));

/** Whom the app shows in the group; null when it shows nobody at all. */
async function membersOf(run: ProbeRun, remoteId: string): Promise<string[] | null> {
  const { body } = await run.ask({ method: "GET", path: pathOf("group", remoteId) });
  const members = body?.["members"];
  if (!Array.isArray(members)) return null;
  return members.map((member) => String(isAttributes(member) ? member["value"] : member));
}

/** Adds one member, then more and more in a request, up to all test users; answers who is inside. */
async function probeMembers(run: ProbeRun, { remoteId }: TestGroup, members: readonly string[]): Promise<string[]> {
  const inside: string[] = [];
  let form = run.profile.groups.memberValue;
  for (let size = 1; inside.length < members.length; size *= 4) {
    const some = members.slice(inside.length, inside.length + size);
    let { request, answer } = await addMembers(run, remoteId, { some, form });
    if (inside.length === 0 && answer.failure !== null) {
      const other = form === "list" ? "object" : "list";
      const second = await addMembers(run, remoteId, { some, form: other });
      if (second.answer.failure === null) {
        const said = `Members are taken as ${other === "object" ? "an object that holds the list" : "a list"} only`;
        run.learn("groups.memberForm", other, { step: "addMembers", said });
        form = other;
        ({ request, answer } = second);
      }
    }
    const taken = answer.failure === null;
    const said = taken
      ? `${some.length} members in a request are taken`
      : `${some.length} members in a request are refused`;
    await run.step({
      ...told("addMembers", { request, answer }),
      asked: `PATCH of a group with ${some.length} new members`,
      verdict: taken ? "works" : "refused",
      said,
    });
    if (!taken) {
      await learnRefusal(run, { inside: inside.length, size: some.length, said });
      break;
    }
    inside.push(...some);
  }
  return await shownMembers(run, remoteId, inside);
}

async function addMembers(
  run: ProbeRun,
  remoteId: string,
  { some, form }: { some: readonly string[]; form: "list" | "object" },
): Promise<{ request: RawRequest; answer: RawAnswer }> {
  const list = valuesOf(some);
  const request = patchOf(remoteId, [
    { op: "add", path: "members", value: form === "object" ? { members: list } : list },
  ]);
  return { request, answer: await run.ask(request) };
}

async function learnRefusal(
  run: ProbeRun,
  { inside, size, said }: { inside: number; size: number; said: string },
): Promise<void> {
  if (inside > 0) {
    run.memberLimit = Math.max(1, Math.floor(size / 4));
    return;
  }
  // Not even one by PATCH: a group is sent as a whole.
  if (run.profile.groups.updateBy.includes("put")) run.learn("groups.updateBy", ["put"], { step: "addMembers", said });
}

async function shownMembers(run: ProbeRun, remoteId: string, inside: string[]): Promise<string[]> {
  if (inside.length === 0) return inside;
  const shown = await membersOf(run, remoteId);
  const hidden = shown === null || shown.length === 0;
  const missing = hidden ? [] : inside.filter((id) => !shown.includes(id));
  const said = hidden
    ? "A group is shown without its members: what is in it is sent again rather than read"
    : missing.length > 0
      ? `${missing.length} members were taken with success and are not shown`
      : "Everybody who was added is shown";
  await run.step({
    step: "showMembers",
    asked: `GET ${pathOf("group", remoteId)}`,
    came: hidden ? "no members" : `${shown.length} members`,
    verdict: hidden || missing.length > 0 ? "differs" : "works",
    said,
  });
  if (hidden && run.profile.groups.showsMembers) run.learn("groups.showsMembers", false, { step: "showMembers", said });
  return hidden ? [] : inside.filter((id) => shown.includes(id));
}

/** Takes one member out, by a filter and else by a list, and looks whether the others stayed. */
async function probeRemoval(run: ProbeRun, { remoteId }: TestGroup, inside: readonly string[]): Promise<void> {
  const [first = "", ...others] = inside;
  const forms = {
    filter: { op: "remove", path: `members[value eq ${JSON.stringify(first)}]` },
    list: { op: "remove", path: "members", value: valuesOf([first]) },
  } as const;
  for (const form of ["filter", "list"] as const) {
    const request = patchOf(remoteId, [forms[form]]);
    const answer = await run.ask(request);
    const now = (await membersOf(run, remoteId)) ?? [];
    const left = !now.includes(first);
    const lost = others.filter((id) => !now.includes(id));
    const works = left && lost.length === 0;
    const how = form === "filter" ? "a filter in the path" : "a list of values";
    const said = works
      ? `A member leaves by ${how}`
      : left
        ? `By ${how} a member leaves, and ${lost.length} others with it`
        : `By ${how} nobody leaves`;
    await run.step({
      ...told("removeMember", { request, answer }),
      verdict: works ? "works" : answer.failure === null ? "differs" : "refused",
      said,
    });
    if (works) {
      if (form !== run.profile.groups.memberRemoval)
        run.learn("groups.memberRemoval", form, { step: "removeMember", said });
      return;
    }
    // What empties a group is not tried on.
    if (left) return;
  }
}

/** Renames the group, by PATCH and else by PUT. */
async function probeRename(run: ProbeRun, { remoteId, name, externalId }: TestGroup): Promise<void> {
  const before = (await membersOf(run, remoteId)) ?? [];
  const put = (displayName: string): Attributes => ({
    schemas: [groupUrn],
    id: remoteId,
    displayName,
    externalId,
    members: valuesOf(before),
  });
  const { groups } = run.profile;
  for (const method of ["PATCH", "PUT"] as const) {
    const newName = `${name}-${method.toLowerCase()}`;
    const request: RawRequest =
      method === "PATCH"
        ? patchOf(remoteId, [{ op: "replace", path: "displayName", value: newName }])
        : { method, path: pathOf("group", remoteId), body: put(newName) };
    const answer = await run.ask(request);
    const { body } = await run.ask({ method: "GET", path: pathOf("group", remoteId) });
    const works = body?.["displayName"] === newName;
    const said = works ? `${method} renames a group` : `${method} renames no group`;
    await run.step({
      ...told("renameGroup", { request, answer }),
      asked: askedOf(request),
      verdict: works ? "works" : answer.failure === null ? "differs" : "refused",
      said,
    });
    if (works) {
      const by = method === "PATCH" ? "patch" : "put";
      if (by !== groups.renameBy) run.learn("groups.renameBy", by, { step: "renameGroup", said });
      return;
    }
  }
  if (groups.rename)
    run.learn("groups.rename", false, { step: "renameGroup", said: "Neither PATCH nor PUT renames a group" });
}
