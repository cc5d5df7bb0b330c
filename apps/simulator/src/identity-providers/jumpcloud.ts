import { randomBytes } from "node:crypto";
import type { IdentityProvider, ProviderGroup, ProviderTarget, ProviderUser } from "./identity-provider.ts";
import { activateJumpCloud } from "./jumpcloud-activation.ts";
import {
  createGroupBody,
  createUserBody,
  membersPatch,
  replacePatch,
  updateUserBody,
  userNameOf,
} from "./jumpcloud-bodies.ts";
import { createScimClient, pathOf, type ScimClient } from "./scim-client.ts";

export type JumpCloudOptions = ProviderTarget & {
  /** How a suspension is told: the whole person (default), or `active` alone. Both were seen. */
  suspendWith?: "put" | "patch";
  /** Makes JumpCloud's own ids, 24 hex digits; default random. */
  newId?: () => string;
};

type User = ProviderUser;
type Group = { name: string; bound: boolean; members: Set<User>; remoteId: string | undefined };

type Tenant = {
  client: ScimClient;
  users: Map<string, User>;
  groups: Map<string, Group>;
  suspendWith: "put" | "patch";
};

// No Accept header is captured; bodies are application/json, look-ups end in count and startIndex.
const WIRE = {
  contentType: "application/json",
  userAgent: "JumpCloud-SCIM-simulator",
  lookUpSuffix: "&count=1&startIndex=1",
};

/**
 * Plays a JumpCloud tenant with "Export users to this app" against a SCIM endpoint. It keeps a directory of its own and
 * sends only people who are in a bound group, as JumpCloud does; calls are made one after the other, in the caller's order.
 * An answer that JumpCloud would not take rejects the call; the same call again finishes what is left.
 *
 * @throws {UnexpectedAnswer} from every method but activate
 */
export function createJumpCloud(options: JumpCloudOptions): IdentityProvider {
  const newId = options.newId ?? (() => randomBytes(12).toString("hex"));
  const tenant: Tenant = {
    client: createScimClient(options, WIRE),
    users: new Map(),
    groups: new Map(),
    suspendWith: options.suspendWith ?? "put",
  };
  return {
    activate: () => activateJumpCloud({ client: tenant.client, newId }),
    async createUser(person) {
      const id = newId();
      tenant.users.set(id, { id, person, suspended: false, active: undefined, remoteId: undefined });
      return id;
    },
    ...groupActions(tenant),
    ...userActions(tenant),
    users: () => [...tenant.users.values()].map((user) => ({ ...user })),
    groups: () => [...tenant.groups.values()].map(publicGroup),
  };
}

type GroupAction = "bindGroup" | "unbindGroup" | "addToGroup" | "removeFromGroup" | "renameGroup" | "deleteGroup";

function groupActions(tenant: Tenant): Pick<IdentityProvider, GroupAction> {
  return {
    async bindGroup({ name, members }) {
      const group = tenant.groups.get(name) ?? { name, bound: true, members: new Set(), remoteId: undefined };
      group.bound = true;
      for (const id of members) group.members.add(knownUser(tenant, id));
      tenant.groups.set(name, group);
      for (const user of group.members) await syncUser(tenant, user);
      await sendGroup(tenant, group, [...group.members]);
    },
    async unbindGroup(name) {
      const group = knownGroup(tenant, name);
      group.bound = false;
      await removeMembers(tenant, group, [...group.members]);
      for (const user of group.members) await syncUser(tenant, user);
    },
    async addToGroup(name, userId) {
      const group = knownGroup(tenant, name);
      const user = knownUser(tenant, userId);
      group.members.add(user);
      if (!group.bound) return;
      await syncUser(tenant, user);
      await sendGroup(tenant, group, [user]);
    },
    async removeFromGroup(name, userId) {
      const group = knownGroup(tenant, name);
      const user = knownUser(tenant, userId);
      group.members.delete(user);
      if (group.bound) await removeMembers(tenant, group, [user]);
      await syncUser(tenant, user);
    },
    async renameGroup(name, newName) {
      const group = knownGroup(tenant, name);
      if (group.remoteId !== undefined) {
        const body = replacePatch("displayName", newName);
        await tenant.client.expect([200, 204], "PATCH", pathOf("Groups", group.remoteId), body);
      }
      tenant.groups.delete(name);
      group.name = newName;
      tenant.groups.set(newName, group);
    },
    async deleteGroup(name) {
      const group = knownGroup(tenant, name);
      group.bound = false;
      if (group.remoteId !== undefined) {
        await tenant.client.expect([204, 404], "DELETE", pathOf("Groups", group.remoteId));
        group.remoteId = undefined;
      }
      for (const user of group.members) await syncUser(tenant, user);
      tenant.groups.delete(name);
    },
  };
}

type UserAction = "renameUser" | "suspend" | "resume" | "deleteUser";

function userActions(tenant: Tenant): Pick<IdentityProvider, UserAction> {
  return {
    async renameUser(userId, change) {
      const user = knownUser(tenant, userId);
      user.person = { ...user.person, ...change };
      if (user.remoteId !== undefined) await putUser(tenant, user, user.remoteId, user.active ?? true);
    },
    async suspend(userId) {
      const user = knownUser(tenant, userId);
      user.suspended = true;
      await syncUser(tenant, user);
    },
    async resume(userId) {
      const user = knownUser(tenant, userId);
      user.suspended = false;
      const isNew = user.remoteId === undefined;
      await syncUser(tenant, user);
      // A person who was suspended before they were ever sent is not in the groups at the endpoint yet.
      if (isNew) for (const group of boundGroupsOf(tenant, user)) await sendGroup(tenant, group, [user]);
    },
    async deleteUser(userId) {
      const user = knownUser(tenant, userId);
      if (user.remoteId !== undefined) {
        const answer = await tenant.client.expect([204, 404, 405, 501], "DELETE", pathOf("Users", user.remoteId));
        if (answer.status === 405 || answer.status === 501) await putUser(tenant, user, user.remoteId, false);
      }
      for (const group of tenant.groups.values()) group.members.delete(user);
      tenant.users.delete(userId);
    },
  };
}

/** Makes the endpoint's copy of a person what it should be: there once they have access, active while they keep it. */
async function syncUser(tenant: Tenant, user: User): Promise<void> {
  const shouldBeActive = !user.suspended && boundGroupsOf(tenant, user).length > 0;
  if (user.remoteId === undefined) {
    if (shouldBeActive) await provisionUser(tenant, user);
    return;
  }
  if (user.active === shouldBeActive) return;
  if (tenant.suspendWith === "put") {
    await putUser(tenant, user, user.remoteId, shouldBeActive);
    return;
  }
  const body = replacePatch("active", shouldBeActive);
  await tenant.client.expect([200, 204], "PATCH", pathOf("Users", user.remoteId), body);
  user.active = shouldBeActive;
}

async function provisionUser(tenant: Tenant, user: User): Promise<void> {
  const found = await tenant.client.find("Users", "userName", userNameOf(user.person));
  if (found !== undefined) {
    await putUser(tenant, user, found.id, true);
    return;
  }
  const facts = { externalId: user.id, person: user.person, active: true };
  const made = await tenant.client.create("Users", createUserBody(facts));
  user.remoteId = made.id;
  user.active = true;
}

async function putUser(tenant: Tenant, user: User, remoteId: string, active: boolean): Promise<void> {
  const facts = { externalId: user.id, person: user.person, active };
  await tenant.client.expect([200], "PUT", pathOf("Users", remoteId), updateUserBody(remoteId, facts));
  user.remoteId = remoteId;
  user.active = active;
}

/** Sends members; the group is created, or taken over by name, with the first of them: empty groups are not sent. */
async function sendGroup(tenant: Tenant, group: Group, members: readonly User[]): Promise<void> {
  const memberIds = remoteIds(members);
  if (memberIds.length === 0) return;
  if (group.remoteId === undefined) {
    const found = await tenant.client.find("Groups", "displayName", group.name);
    if (found === undefined) {
      const made = await tenant.client.create("Groups", createGroupBody(group.name, memberIds));
      group.remoteId = made.id;
      return;
    }
    group.remoteId = found.id;
  }
  await tenant.client.expect([200, 204], "PATCH", pathOf("Groups", group.remoteId), membersPatch("add", memberIds));
}

async function removeMembers(tenant: Tenant, group: Group, members: readonly User[]): Promise<void> {
  const memberIds = remoteIds(members);
  if (group.remoteId === undefined || memberIds.length === 0) return;
  await tenant.client.expect([200, 204], "PATCH", pathOf("Groups", group.remoteId), membersPatch("remove", memberIds));
}

function remoteIds(members: readonly User[]): string[] {
  return members.flatMap((user) => (user.remoteId === undefined ? [] : [user.remoteId]));
}

function boundGroupsOf(tenant: Tenant, user: User): Group[] {
  return [...tenant.groups.values()].filter((group) => group.bound && group.members.has(user));
}

function knownUser(tenant: Tenant, id: string): User {
  const user = tenant.users.get(id);
  if (user === undefined) throw new Error(`this JumpCloud tenant has no user ${id}`);
  return user;
}

function knownGroup(tenant: Tenant, name: string): Group {
  const group = tenant.groups.get(name);
  if (group === undefined) throw new Error(`this JumpCloud tenant has no group "${name}"`);
  return group;
}

function publicGroup({ name, bound, members, remoteId }: Group): ProviderGroup {
  return { name, bound, members: [...members].map((user) => user.id), remoteId };
}
