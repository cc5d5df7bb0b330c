import type { RawAnswer, RawRequest } from "@muster/connectors";
import { type Attributes, isAttributes, patchOpUrn } from "@muster/scim";
import type { ProbeObject } from "@muster/store";
import { askedOf, cameOf, type ProbeRun } from "./probe-run.ts";

/** A user that a probe made; `sent` is what it should be, `method` what changes it. */
export type TestUser = { remoteId: string; name: string; sent: Attributes; method?: "PATCH" | "PUT" };

const KINDS = { user: { path: "/Users", name: "userName" }, group: { path: "/Groups", name: "displayName" } } as const;

export const pathOf = (kind: ProbeObject["kind"], remoteId: string): string =>
  `${KINDS[kind].path}/${encodeURIComponent(remoteId)}`;

/** Makes something in the app, which was written down before; `remoteId` is null when the app did not. */
export async function makeObject(
  run: ProbeRun,
  { kind, name, body }: { kind: ProbeObject["kind"]; name: string; body: Attributes },
): Promise<{ remoteId: string | null; request: RawRequest; answer: RawAnswer }> {
  const object = await run.ledger.plan(kind, name);
  const request: RawRequest = { method: "POST", path: KINDS[kind].path, body };
  const answer = await run.ask(request);
  const id = answer.body?.["id"];
  const shown = answer.body?.[KINDS[kind].name];
  // Somebody else's entry is not ours to touch, whatever the app answers.
  const isOurs = shown === undefined || String(shown).toLowerCase() === name.toLowerCase();
  if (answer.failure !== null) await run.ledger.gone(object);
  if (answer.failure !== null || !isOurs || id === "" || (typeof id !== "string" && typeof id !== "number"))
    return { remoteId: null, request, answer };
  await run.ledger.made(object, String(id));
  return { remoteId: String(id), request, answer };
}

/** Takes away everything that this probe, or one before it, made: groups first. Never touches anything else. */
export async function removeObjects(run: ProbeRun, step: "cleanUp" | "leftovers"): Promise<void> {
  const objects = await run.ledger.left();
  const left: string[] = [];
  let effect: "removed" | "inactive" | "impossible" | null = null;
  for (const object of objects) {
    const done = await removeObject(run, object);
    if (done === "unknown") left.push(object.name);
    else await run.ledger.gone(object);
    if (object.kind === "user" && done !== "unknown" && done !== "never") effect = done;
  }
  if (objects.length === 0) return;
  const said =
    left.length > 0
      ? `May still be there, and can be removed by hand: ${left.slice(0, 10).join(", ")}`
      : effect === "inactive" || effect === "impossible"
        ? "Test users cannot be deleted here: they were left, inactive"
        : "Everything that was made is gone";
  const verdict = left.length > 0 ? "unknown" : effect === "inactive" || effect === "impossible" ? "differs" : "works";
  const asked = `DELETE of ${objects.length} test users and groups`;
  await run.step({ step, asked, came: effect ?? "nothing to tell", verdict, said });
  if (step === "cleanUp" && effect !== null && effect !== run.profile.users.delete.effect)
    run.learn("users.delete", effect, { step, said });
}

async function removeObject(
  run: ProbeRun,
  object: ProbeObject,
): Promise<"removed" | "inactive" | "impossible" | "never" | "unknown"> {
  const { kind } = object;
  const remoteId = await findObject(run, object);
  if (remoteId === null) return "never";
  if (remoteId === undefined) return "unknown";
  const path = pathOf(kind, remoteId);
  const answer = await run.ask({ method: "DELETE", path });
  if (answer.failure === null || answer.status === 404 || answer.status === 410) {
    const read = await run.ask({ method: "GET", path });
    if (read.failure !== null) return "removed";
    return String(read.body?.["active"]).toLowerCase() === "false" ? "inactive" : "unknown";
  }
  if (kind === "group") return "unknown";
  await run.ask({
    method: "PATCH",
    path,
    body: { schemas: [patchOpUrn], Operations: [{ op: "replace", path: "active", value: false }] },
  });
  return "impossible";
}

/** The app's id of what was made; null when it is not there. What an earlier probe noted is somebody else's by now where another app is at the address, or ids are given again. */
async function findObject(run: ProbeRun, object: ProbeObject): Promise<string | null | undefined> {
  const { kind, remoteId } = object;
  const name = object.name.toLowerCase();
  if (remoteId === null) return await findByName(run, object);
  if (name.includes(run.mark)) return remoteId;
  const read = await run.ask({ method: "GET", path: pathOf(kind, remoteId) });
  if (read.status === 404 || read.status === 410) return null;
  if (read.failure !== null) return undefined;
  // A group was renamed perhaps, by adding to its name.
  const shown = String(read.body?.[KINDS[kind].name]).toLowerCase();
  return shown.startsWith(name) ? remoteId : await findByName(run, object);
}

/** Looks for what may have been made without an answer: by its whole name, which is nobody else's. Undefined when nothing can be said. */
async function findByName(run: ProbeRun, { kind, name }: ProbeObject): Promise<string | null | undefined> {
  const { path, name: attribute } = KINDS[kind];
  const { users, groups } = run.profile;
  if ((kind === "user" ? users.lookups.userName : groups.lookups.displayName) === undefined) return undefined;
  const query = `filter=${encodeURIComponent(`${attribute} eq ${JSON.stringify(name)}`)}`;
  const answer = await run.ask({ method: "GET", path, query });
  const resources = answer.body?.["Resources"];
  const isEmpty = answer.failure === null && (answer.body?.["totalResults"] === 0 || Array.isArray(resources));
  const found = (Array.isArray(resources) ? resources : []).flatMap((one) =>
    isAttributes(one) && String(one[attribute]).toLowerCase() === name.toLowerCase() && one["id"] != null
      ? [String(one["id"])]
      : [],
  );
  if (found[0] !== undefined) return found[0];
  return isEmpty ? null : undefined;
}

/** What a request and its answer were, for a step. */
export const told = (step: string, { request, answer }: { request: RawRequest; answer: RawAnswer }) => ({
  step,
  asked: askedOf(request),
  came: cameOf(answer),
});
