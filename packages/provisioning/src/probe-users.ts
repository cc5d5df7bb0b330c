import { diffUser, isTaken, type RawAnswer, type RawRequest } from "@muster/connectors";
import { type Attributes, enterpriseUserUrn, isAttributes, type Json, patchOpUrn, userUrn } from "@muster/scim";
import { makeObject, pathOf, type TestUser, told } from "./probe-objects.ts";
import { askedOf, cameOf, type ProbeRun, ProbeStopped } from "./probe-run.ts";

/** What a test user begins with; each part is one that an app may forget. */
function userOf({ mark }: ProbeRun, name: string, full: boolean): Attributes {
  const core = {
    userName: name,
    externalId: `external-${name}`,
    active: true,
    name: { givenName: "Muster", familyName: "Probe" },
    emails: [{ value: `${name.split("@")[0]}@muster-probe.invalid`, type: "work", primary: true }],
  };
  if (!full) return { schemas: [userUrn], ...core };
  return {
    schemas: [userUrn, enterpriseUserUrn],
    ...core,
    displayName: `Muster Probe ${mark}`,
    title: "Test user",
    [enterpriseUserUrn]: { department: "Probes" },
  };
}

/** Some apps want an address for a userName, and some refuse one. */
export function userNameOf({ mark, profile }: ProbeRun, number: number): string {
  const name = `muster-probe-${mark}-${number}`;
  const rule = profile.payloadRules.find(({ target }) => target === "userName");
  return rule?.refusedCharacters.includes("@") === true ? name : `${name}@muster-probe.invalid`;
}

/** Makes the first test user, as fully as the app takes it, and learns what of it stays. */
export async function probeCreate(run: ProbeRun): Promise<TestUser> {
  const name = userNameOf(run, 1);
  let sent = userOf(run, name, true);
  let made = await makeObject(run, { kind: "user", name, body: sent });
  if (made.remoteId === null && made.answer.status === 400) {
    await run.step({
      ...told("create", made),
      verdict: "refused",
      said: "A user with a title, a department and a display name is refused: a plainer one is tried",
    });
    sent = userOf(run, name, false);
    made = await makeObject(run, { kind: "user", name, body: sent });
  }
  if (made.remoteId === null) {
    await run.step({ ...told("create", made), verdict: "refused", said: "No user can be made" });
    throw new ProbeStopped(`The app makes no test user (${cameOf(made.answer)}): mend that, and probe again`);
  }
  await run.step({ ...told("create", made), verdict: "works", said: "A user was made" });
  return { remoteId: made.remoteId, name, sent };
}

/** Reads the test user back: what was taken and is not there is not sent again. */
export async function probeReadBack(run: ProbeRun, user: TestUser): Promise<Attributes> {
  const request: RawRequest = { method: "GET", path: pathOf("user", user.remoteId) };
  const answer = await run.ask(request);
  const shown = answer.body ?? {};
  const drops = Object.keys(user.sent).filter(
    (name) => name !== "schemas" && isMissing(user.sent[name] ?? null, shown[name] ?? null),
  );
  const optional = drops.filter((name) => !["userName", "externalId", "active"].includes(name));
  const lostType = !optional.includes("emails") && !hasType(shown["emails"]);
  const said = [
    answer.body === null ? "The app does not show the user that it made" : "The user is shown",
    ...(drops.length > 0 ? [`without ${drops.join(", ")}`] : []),
    ...(lostType ? ["with an address that has lost its type"] : []),
  ].join(", ");
  await run.step({
    step: "readBack",
    asked: askedOf(request),
    came: cameOf(answer),
    verdict: answer.body === null ? "unknown" : drops.length > 0 || lostType ? "differs" : "works",
    said,
  });
  if (answer.body === null) return user.sent;
  const known = run.profile.users;
  const fresh = optional.filter((name) => isTaken(name, known.takes) && !known.drops.includes(name));
  if (fresh.length > 0) run.learn("users.drops", [...known.drops, ...fresh], { step: "readBack", said });
  if (lostType && known.keepsTypes) run.learn("users.keepsTypes", false, { step: "readBack", said });
  return shown;
}

/** Whether something of what was sent is not shown; a list need not be as long, and what an app adds is its own. */
function isMissing(sent: Json, shown: Json): boolean {
  if (Array.isArray(sent)) return !Array.isArray(shown) || shown.length === 0;
  if (isAttributes(sent))
    return !isAttributes(shown) || Object.entries(sent).some(([key, value]) => shown[key] !== value);
  return typeof sent === "string" && typeof shown === "string"
    ? sent.toLowerCase() !== shown.toLowerCase()
    : sent !== shown;
}

const hasType = (emails: Json | undefined): boolean =>
  Array.isArray(emails) && emails.some((email) => isAttributes(email) && email["type"] === "work");

type Lookup = "userName" | "externalId" | "email";

/** Searches for the test user by what the profile says it can be found by. */
export async function probeFilters(run: ProbeRun, user: TestUser): Promise<void> {
  const { lookups } = run.profile.users;
  const address = `${user.name.split("@")[0]}@muster-probe.invalid`;
  const values: Record<Lookup, string> = { userName: user.name, externalId: `external-${user.name}`, email: address };
  const found: Lookup[] = [];
  const lost: string[] = [];
  for (const attribute of ["userName", "externalId", "email"] as const) {
    const path = lookups[attribute];
    if (path === undefined) continue;
    const { ids } = await search(run, { attribute, path, value: values[attribute], wanted: user.remoteId });
    if (ids.includes(user.remoteId) && ids.length === 1) found.push(attribute);
    else lost.push(attribute);
  }
  if (lost.length > 0)
    run.learn("users.lookups", found, { step: "filters", said: `A user cannot be found by ${lost.join(", ")}` });
  if (found.includes("userName"))
    await search(run, {
      attribute: "userName in capitals",
      path: lookups.userName ?? "userName",
      value: user.name.toUpperCase(),
      wanted: user.remoteId,
    });
}

async function search(
  run: ProbeRun,
  { attribute, path, value, wanted }: { attribute: string; path: string; value: string; wanted: string },
): Promise<{ ids: string[] }> {
  const query = `filter=${encodeURIComponent(`${path} eq ${JSON.stringify(value)}`)}`;
  const request: RawRequest = { method: "GET", path: "/Users", query };
  const answer = await run.ask(request);
  const ids = idsIn(answer);
  const works = ids.length === 1 && ids[0] === wanted;
  const said = works
    ? `A filter by ${attribute} finds exactly the user`
    : answer.failure !== null
      ? `A filter by ${attribute} is refused`
      : ids.length === 0
        ? `A filter by ${attribute} finds nobody`
        : `A filter by ${attribute} finds ${ids.length} users, and is not believed`;
  await run.step({
    step: "filters",
    asked: askedOf(request),
    came: cameOf(answer),
    verdict: works ? "works" : answer.failure === null ? "differs" : "refused",
    said,
  });
  return { ids };
}

/** The ids of what a list has. */
export function idsIn({ body }: RawAnswer): string[] {
  const resources = body?.["Resources"];
  if (!Array.isArray(resources)) return [];
  return resources.flatMap((one) => (isAttributes(one) && one["id"] != null ? [String(one["id"])] : []));
}

/** Changes the test user as a push does, by PATCH and, where that does not do it, by PUT. */
export async function probeChange(run: ProbeRun, user: TestUser): Promise<TestUser> {
  const dropped = new Set(run.settings.users?.drops);
  const from = Object.fromEntries(Object.entries(user.sent).filter(([name]) => !dropped.has(name)));
  const to: Attributes = { ...from, name: { givenName: "Muster", familyName: "Changed" } };
  if (from["displayName"] !== undefined) to["displayName"] = "Muster Probe, changed";
  if (from[enterpriseUserUrn] !== undefined) to[enterpriseUserUrn] = { department: "Changed" };
  delete to["title"];
  const change = { from, to };
  const patched = await tryChange(run, user, { method: "PATCH", ...change });
  const tried = {
    patch: patched,
    put: patched.length > 0 ? await tryChange(run, user, { method: "PUT", ...change }) : null,
  };
  const known = run.profile.users;
  const step = {
    step: "change",
    said:
      tried.put === null
        ? "PATCH changes a user"
        : tried.put.length === 0
          ? "PUT changes a user, and PATCH does not"
          : `Neither PATCH nor PUT changes ${tried.put.join(", ")}`,
  };
  const usable =
    patched.length === 0 ? "patch" : tried.put !== null && tried.put.length < patched.length ? "put" : "patch";
  if (usable === "put" && known.updateBy[0] !== "put") run.learn("users.updateBy", ["put"], step);
  if (usable === "patch" && !known.updateBy.includes("patch") && patched.length === 0)
    run.learn("users.updateBy", ["patch", "put"], step);
  const stuck = usable === "patch" ? patched : (tried.put ?? []);
  // `title` is taken away: what cannot be cleared can be changed all the same.
  const unchangeable = stuck.filter((name) => name !== "title");
  if (unchangeable.length > 0 && known.changeable.kind === "all") run.learn("users.unchangeable", unchangeable, step);
  return { ...user, sent: to, method: usable === "put" ? "PUT" : "PATCH" };
}

type Change = { method: "PATCH" | "PUT"; from: Attributes; to: Attributes };

function requestOf(user: TestUser, { method, from, to }: Change): RawRequest {
  const path = pathOf("user", user.remoteId);
  if (method === "PUT") return { method, path, body: { ...to, id: user.remoteId } };
  const operations: Json[] = diffUser(from, to);
  return { method, path, body: { schemas: [patchOpUrn], Operations: operations } };
}

/** Sends one change and reads back; answers the attributes that are not as they should be. */
async function tryChange(run: ProbeRun, user: TestUser, change: Change): Promise<string[]> {
  const request = requestOf(user, change);
  const answer = await run.ask(request);
  const read = await run.ask({ method: "GET", path: pathOf("user", user.remoteId) });
  const shown = read.body ?? {};
  const names = new Set([...Object.keys(change.from), ...Object.keys(change.to)]);
  const stuck = [...names].filter((name) => {
    if (name === "schemas") return false;
    const wanted = change.to[name];
    return wanted === undefined ? shown[name] != null && shown[name] !== "" : isMissing(wanted, shown[name] ?? null);
  });
  const { method } = change;
  const said =
    answer.failure !== null
      ? `${method} of several attributes is refused`
      : stuck.length === 0
        ? `${method} changes a user`
        : `${method} is answered with success, but ${stuck.join(", ")} did not change`;
  await run.step({
    step: "change",
    asked: askedOf(request),
    came: cameOf(answer),
    verdict: answer.failure !== null ? "refused" : stuck.length === 0 ? "works" : "differs",
    said,
  });
  return stuck;
}

/** Makes the test user inactive and active again, by the method that works. */
export async function probeDeactivate(run: ProbeRun, user: TestUser): Promise<void> {
  const method = user.method ?? "PATCH";
  const { sent } = user;
  const off = requestOf(user, { method, from: sent, to: { ...sent, active: false } });
  const answer = await run.ask(off);
  const read = await run.ask({ method: "GET", path: pathOf("user", user.remoteId) });
  const isGone = read.status === 404 || read.status === 410;
  const isInactive = String(read.body?.["active"]).toLowerCase() === "false";
  const said = isGone
    ? "A user that is made inactive is removed"
    : isInactive
      ? "A user can be made inactive"
      : "A user stays active: leavers keep their access at this app unless they are deleted";
  await run.step({
    step: "deactivate",
    asked: askedOf(off),
    came: cameOf(answer),
    verdict: isInactive ? "works" : isGone ? "differs" : "refused",
    said,
  });
  const effect = isGone ? "removed" : "inactive";
  if ((isGone || isInactive) && run.profile.users.deactivate.effect !== effect)
    run.learn("users.deactivate", effect, { step: "deactivate", said });
  if (!isInactive) return;
  const on = requestOf(user, { method, from: { ...sent, active: false }, to: sent });
  const back = await run.ask(on);
  const again = await run.ask({ method: "GET", path: pathOf("user", user.remoteId) });
  const isBack = String(again.body?.["active"]).toLowerCase() === "true";
  await run.step({
    step: "reactivate",
    asked: askedOf(on),
    came: cameOf(back),
    verdict: isBack ? "works" : "differs",
    said: isBack ? "And active again" : "But not active again",
  });
}

/** Makes further test users, for groups; as many as the app makes. */
export async function makeMore(run: ProbeRun, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 2; number <= count; number += 1) {
    const name = userNameOf(run, number);
    const { remoteId } = await makeObject(run, { kind: "user", name, body: userOf(run, name, false) });
    if (remoteId === null) break;
    ids.push(remoteId);
  }
  return ids;
}
