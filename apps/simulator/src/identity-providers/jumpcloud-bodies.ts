import type { Person } from "./identity-provider.ts";

export const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

export type Body = { [key: string]: unknown };

/** What a body is about: the person, JumpCloud's own id of 24 hex digits, and whether they may sign in. */
export type UserFacts = { externalId: string; person: Person; active: boolean };

/** The name JumpCloud signs a person in with at the app. */
export function userNameOf(person: Person): string {
  return person.userName ?? person.email;
}

/**
 * The body of a create. Captured oddities: the enterprise URI is listed although its object is missing, the phone is a
 * `tel:` URI, and attributes without a value are left out.
 */
export function createUserBody({ externalId, person, active }: UserFacts): Body {
  const extension = enterprise(person);
  return {
    active,
    displayName: `${person.givenName} ${person.familyName}`,
    emails: emails(person),
    externalId,
    locale: "en-US",
    name: { familyName: person.familyName, givenName: person.givenName },
    ...(person.phone !== undefined && { phoneNumbers: phones(person) }),
    preferredLanguage: "en-US",
    schemas: [USER_SCHEMA, ENTERPRISE_SCHEMA],
    ...(person.title !== undefined && { title: person.title }),
    ...(extension !== undefined && { [ENTERPRISE_SCHEMA]: extension }),
    userName: userNameOf(person),
  };
}

/**
 * The body of an update: the whole person, with `id`. Captured oddities: lists without a value are sent empty where a
 * create leaves them out, `photos` has a bare value, and the schemas come in the other order.
 */
export function updateUserBody(remoteId: string, facts: UserFacts): Body {
  const { person } = facts;
  return {
    ...createUserBody(facts),
    addresses: [],
    id: remoteId,
    phoneNumbers: phones(person),
    photos: [{ value: `https://img.example.com/${facts.externalId}.png` }],
    schemas: [ENTERPRISE_SCHEMA, USER_SCHEMA],
  };
}

/** The short body of an update, with `emails` null and the core schema alone, as seen for the test person. */
export function shortUpdateUserBody(remoteId: string, { person, active }: UserFacts): Body {
  return {
    active,
    emails: null,
    id: remoteId,
    name: { familyName: person.familyName, givenName: person.givenName },
    schemas: [USER_SCHEMA],
    userName: userNameOf(person),
  };
}

/** A group as JumpCloud creates it: members by value alone, without display or type. */
export function createGroupBody(displayName: string, memberIds: readonly string[]): Body {
  return { displayName, members: memberValues(memberIds), schemas: [GROUP_SCHEMA] };
}

/** Adds or removes members as a value list; the removal has no filter in its path, which RFC 7644 does not foresee. */
export function membersPatch(op: "add" | "remove", memberIds: readonly string[]): Body {
  return patchBody({ op, path: "members", value: memberValues(memberIds) });
}

/** Replaces one attribute. */
export function replacePatch(path: string, value: unknown): Body {
  return patchBody({ op: "replace", path, value });
}

function patchBody(operation: Body): Body {
  return { schemas: [PATCH_SCHEMA], Operations: [operation] };
}

function memberValues(memberIds: readonly string[]): Body[] {
  return memberIds.map((value) => ({ value }));
}

function emails(person: Person): Body[] {
  return [{ primary: true, type: "work", value: person.email }];
}

function phones(person: Person): Body[] {
  return person.phone === undefined ? [] : [{ primary: true, type: "work", value: `tel:${person.phone}` }];
}

function enterprise(person: Person): Body | undefined {
  return person.department === undefined ? undefined : { department: person.department };
}
