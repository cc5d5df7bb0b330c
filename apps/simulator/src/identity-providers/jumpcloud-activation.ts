import { ActivationError, type ActivationReport, type Person } from "./identity-provider.ts";
import { createGroupBody, createUserBody, replacePatch, shortUpdateUserBody, userNameOf } from "./jumpcloud-bodies.ts";
import { type Collection, parseResource, pathOf, type RemoteResource, type ScimClient } from "./scim-client.ts";

/** Statuses of an endpoint that has no DELETE. */
const NO_DELETE: readonly number[] = [404, 405, 501];

type ActivationDeps = { client: ScimClient; newId(): string };

/**
 * Tests an endpoint as JumpCloud does when an admin activates the integration: a person with a fresh address and a
 * group are created, read, updated and removed again; the person is deactivated where DELETE is not there.
 *
 * @throws {ActivationError} naming the step; what was made until then is removed as far as that is possible
 */
export async function activateJumpCloud({ client, newId }: ActivationDeps): Promise<ActivationReport> {
  const externalId = newId();
  const person: Person = { givenName: "Test", familyName: "User", email: `jc-test-${externalId}@example.com` };
  const facts = { externalId, person, active: true };
  const groupName = `jc-test-group-${externalId}`;
  const steps: ActivationReport["steps"] = [];
  const made: { path: string }[] = [];

  async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    try {
      const outcome = await run();
      steps.push({ name, durationMs: performance.now() - startedAtMs });
      return outcome;
    } catch (error) {
      // Best effort: the admin should hear of the failing step, not of the clean-up.
      for (const { path } of made) await client.send("DELETE", path).catch(() => undefined);
      throw new ActivationError(messageOf(error), { step: name, cause: error });
    }
  }

  await step("look up a user that does not exist", () => absent(client, "Users", "userName", userNameOf(person)));
  const user = await step("create the test user", () => client.create("Users", createUserBody(facts)));
  const userPath = pathOf("Users", user.id);
  made.unshift({ path: userPath });
  await step("read the test user", () => readSame(client, userPath, user, { userName: userNameOf(person) }));
  await step("update the test user", async () => {
    const renamed = { ...facts, person: { ...person, familyName: "Updated" } };
    await client.expect([200], "PUT", userPath, shortUpdateUserBody(user.id, renamed));
    await readSame(client, userPath, user, { active: true, name: { familyName: "Updated" } });
  });

  await step("look up a group that does not exist", () => absent(client, "Groups", "displayName", groupName));
  const group = await step("create the test group", () =>
    client.create("Groups", createGroupBody(groupName, [user.id])),
  );
  const groupPath = pathOf("Groups", group.id);
  made.unshift({ path: groupPath });
  await step("read the test group", () => readSame(client, groupPath, group, { displayName: groupName }));
  await step("update the test group", async () => {
    const displayName = `${groupName}-updated`;
    await client.expect([200, 204], "PATCH", groupPath, replacePatch("displayName", displayName));
    await readSame(client, groupPath, group, { displayName });
  });
  await step("remove the test group", () => removed(client, groupPath));

  await step("deactivate the test user", async () => {
    await client.expect([200], "PUT", userPath, shortUpdateUserBody(user.id, { ...facts, active: false }));
    await readSame(client, userPath, user, { active: false });
  });
  const userRemovedBy = await step("remove the test user", async () => {
    const answer = await client.expect([204, ...NO_DELETE], "DELETE", userPath);
    if (NO_DELETE.includes(answer.status)) return "deactivate";
    await gone(client, userPath);
    return "delete";
  });
  return { userName: userNameOf(person), groupName, steps, userRemovedBy };
}

async function absent(client: ScimClient, collection: Collection, attribute: string, value: string): Promise<void> {
  const found = await client.find(collection, attribute, value);
  if (found !== undefined) throw new Error(`a look-up of ${JSON.stringify(value)} found ${JSON.stringify(found.id)}`);
}

async function readSame(
  client: ScimClient,
  path: string,
  made: RemoteResource,
  expected: { [attribute: string]: unknown },
): Promise<void> {
  const answer = await client.expect([200], "GET", path);
  const read = parseResource(`GET ${path}`, answer, answer.body);
  if (read.id !== made.id) throw new Error(`GET ${path} answered the id ${read.id}, created was ${made.id}`);
  const wrong = differences(read, expected, "");
  if (wrong.length > 0) throw new Error(`GET ${path} does not show what was sent: ${wrong.join("; ")}`);
}

function differences(read: unknown, expected: { [attribute: string]: unknown }, prefix: string): string[] {
  const present = new Map(Object.entries(read ?? {}));
  return Object.entries(expected).flatMap(([name, value]) => {
    if (typeof value === "object" && value !== null) return differences(present.get(name), { ...value }, `${name}.`);
    if (present.get(name) === value) return [];
    return [`${prefix}${name} is ${JSON.stringify(present.get(name))}, not ${JSON.stringify(value)}`];
  });
}

async function removed(client: ScimClient, path: string): Promise<void> {
  await client.expect([204], "DELETE", path);
  await gone(client, path);
}

async function gone(client: ScimClient, path: string): Promise<void> {
  await client.expect([404], "GET", path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
