import { uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Body,
  createScimClient,
  ENTERPRISE,
  ERROR,
  GROUP,
  SCIM_TYPE,
  type ScimClient,
  USER,
} from "../e2e/clients.ts";
import { openEndpoint } from "./endpoint.ts";

let endpoint: Awaited<ReturnType<typeof openEndpoint>>;
let scim: ScimClient;
const run = uuidV7().slice(-12);
const made: string[] = [];

beforeAll(async () => {
  endpoint = await openEndpoint();
  scim = createScimClient({ endpointUrl: endpoint.url.replace(/\/+$/, ""), bearerToken: endpoint.token });
});
afterAll(async () => {
  // The endpoint may be somebody else's.
  for (const path of made.reverse()) await scim.delete(path);
  await endpoint.close();
});

let count = 0;
const fresh = (): string => `standard-${run}-${++count}`;

async function aUser(more: Record<string, unknown> = {}): Promise<Body & { at: string }> {
  const user = await scim.createUser({ userName: fresh(), ...more });
  made.push(`/Users/${user.id}`);
  return { ...user, at: `/Users/${user.id}` };
}
async function aGroup(more: Record<string, unknown> = {}): Promise<Body & { at: string }> {
  const group = await scim.createGroup({ displayName: fresh(), ...more });
  made.push(`/Groups/${group.id}`);
  return { ...group, at: `/Groups/${group.id}` };
}
const find = (filter: string, kind = "Users") => scim.get(`/${kind}?filter=${encodeURIComponent(filter)}`);

/** What is most often got wrong (section 4 of the research notes on clients), as far as it is offered. */
const rows: [rule: string, where: string, check: () => Promise<void>][] = [
  [
    "replace and add on a complex attribute leave the sub-attributes that are not named",
    "RFC 7644 section 3.5.2.3",
    async () => {
      const { at } = await aUser({ name: { givenName: "Ada", familyName: "Byron", middleName: "A" } });
      await scim.patch(at, { op: "replace", path: "name", value: { familyName: "Lovelace" } });
      const { body } = await scim.patch(at, { op: "add", value: { name: { honorificPrefix: "Dr" } } });
      expect(body["name"]).toEqual({
        givenName: "Ada",
        familyName: "Lovelace",
        middleName: "A",
        honorificPrefix: "Dr",
      });
    },
  ],
  [
    "replace with a value path that matches nothing is 400 noTarget",
    "RFC 7644 section 3.5.2.3",
    async () => {
      const { at } = await aUser({ emails: [{ value: "a@example.com", type: "home" }] });
      const answer = await scim.patch(at, { op: "replace", path: 'emails[type eq "work"]', value: { display: "x" } });
      expect(answer).toMatchObject({ status: 400, body: { scimType: "noTarget" } });
    },
  ],
  [
    "remove without a path is 400 noTarget",
    "RFC 7644 section 3.5.2.2",
    async () => {
      const { at } = await aUser();
      expect(await scim.patch(at, { op: "remove" })).toMatchObject({ status: 400, body: { scimType: "noTarget" } });
    },
  ],
  [
    "a PATCH is atomic",
    "RFC 7644 section 3.5.2",
    async () => {
      const { at } = await aUser({ title: "before" });
      const answer = await scim.patch(
        at,
        { op: "replace", path: "title", value: "after" },
        { op: "replace", path: "active", value: "perhaps" },
      );
      expect([answer.status, (await scim.get(at)).body["title"]]).toEqual([400, "before"]);
    },
  ],
  [
    "a new primary takes it from the others",
    "RFC 7644 section 3.5.2",
    async () => {
      const { at } = await aUser({ emails: [{ value: "a@example.com", type: "work", primary: true }] });
      const { body } = await scim.patch(at, {
        op: "add",
        path: "emails",
        value: [{ value: "b@example.com", type: "home", primary: true }],
      });
      const primary = (body["emails"] as { value: string; primary?: boolean }[]).filter(
        (email) => email.primary === true,
      );
      expect(primary.map(({ value }) => value)).toEqual(["b@example.com"]);
    },
  ],
  [
    "adding what is there changes nothing, lastModified neither",
    "RFC 7644 section 3.5.2.1",
    async () => {
      const user = await aUser({ emails: [{ value: "a@example.com", type: "work" }] });
      const group = await aGroup({ members: [{ value: user.id }] });
      await scim.patch(user.at, { op: "add", path: "emails", value: [{ value: "a@example.com", type: "work" }] });
      await scim.patch(group.at, { op: "add", path: "members", value: [{ value: user.id }] });
      const [readUser, readGroup] = [(await scim.get(user.at)).body, (await scim.get(group.at)).body];
      expect([readUser["emails"], readUser.meta]).toEqual([user["emails"], user.meta]);
      expect([readGroup.members, readGroup.meta]).toEqual([group.members, group.meta]);
    },
  ],
  [
    "PATCH with `attributes` is 200",
    "RFC 7644 section 3.5.2",
    async () => {
      const group = await aGroup();
      const answer = await scim.patch(`${group.at}?attributes=displayName`, {
        op: "add",
        path: "externalId",
        value: "x",
      });
      expect([answer.status, answer.body]).toEqual([
        200,
        { schemas: [GROUP], id: group.id, displayName: group.displayName },
      ]);
    },
  ],
  [
    "PUT clears what is left out, ignores read-only values and does not create",
    "RFC 7644 section 3.5.1",
    async () => {
      const user = await aUser({ title: "Dr", externalId: "x", [ENTERPRISE]: { department: "d" } });
      const { body } = await scim.put(user.at, {
        userName: user.userName,
        id: "other",
        meta: { resourceType: "Group" },
        groups: [{ value: "x" }],
      });
      expect([Object.keys(body).sort(), body.id, body.meta.resourceType]).toEqual([
        ["active", "id", "meta", "schemas", "userName"],
        user.id,
        "User",
      ]);
      expect((await scim.put(`/Users/${uuidV7()}`, { userName: fresh() })).status).toBe(404);
    },
  ],
  [
    "read-only attributes are 400 mutability in a PATCH",
    "RFC 7644 section 3.5.2",
    async () => {
      const { at } = await aUser();
      for (const path of ["id", "groups", "meta.created"])
        expect(await scim.patch(at, { op: "replace", path, value: "x" })).toMatchObject({
          status: 400,
          body: { scimType: "mutability" },
        });
    },
  ],
  [
    "POST answers 201 with the Location that meta.location is",
    "RFC 7644 section 3.3",
    async () => {
      const answer = await scim.post("/Users", { schemas: [USER], userName: fresh() });
      made.push(`/Users/${answer.body.id}`);
      expect([answer.status, answer.headers.get("location")]).toEqual([201, answer.body.meta.location]);
    },
  ],
  [
    "POST, PUT and PATCH are 409 uniqueness for a taken userName, in any case",
    "RFC 7644 section 3.3, RFC 7643 section 4.1.1",
    async () => {
      const [one, two] = [await aUser(), await aUser()];
      const userName = one.userName.toUpperCase();
      const answers = [
        await scim.post("/Users", { userName }),
        await scim.put(two.at, { userName }),
        await scim.patch(two.at, { op: "replace", path: "userName", value: userName }),
      ];
      for (const answer of answers) expect(answer).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
    },
  ],
  [
    "a deleted resource's userName is free at once",
    "RFC 7644 section 3.6",
    async () => {
      const user = await aUser();
      await scim.delete(user.at);
      const again = await scim.post("/Users", { userName: user.userName });
      made.push(`/Users/${again.body.id}`);
      expect(again.status).toBe(201);
    },
  ],
  [
    "null and [] are unassigned, in bodies and in PATCH",
    "RFC 7643 section 2.5",
    async () => {
      const { at, ...user } = await aUser({ title: null, emails: [], nickName: "n", phoneNumbers: [{ value: "1" }] });
      expect([user["title"], user["emails"]]).toEqual([undefined, undefined]);
      const { body } = await scim.patch(
        at,
        { op: "replace", path: "nickName", value: null },
        { op: "replace", path: "phoneNumbers", value: [] },
      );
      expect([body["nickName"], body["phoneNumbers"]]).toEqual([undefined, undefined]);
    },
  ],
  [
    "names, operators and URNs count in any case",
    "RFC 7643 section 2.1, RFC 7644 section 3.10",
    async () => {
      const user = await aUser({ DISPLAYNAME: "Ada" });
      expect(user.displayName).toBe("Ada");
      const { body } = await scim.patch(user.at, {
        op: "REPLACE",
        path: `${USER.toUpperCase()}:NAME.GIVENNAME`,
        value: "Ada",
      });
      expect(body["name"]).toEqual({ givenName: "Ada" });
      expect((await find(`USERNAME EQ "${user.userName}"`)).body.totalResults).toBe(1);
    },
  ],
  [
    "caseExact decides a comparison",
    "RFC 7643 sections 3.1 and 4.1",
    async () => {
      const user = await aUser({ externalId: `Ext-${run}` });
      const group = await aGroup();
      expect((await find(`userName eq "${user.userName.toUpperCase()}"`)).body.totalResults).toBe(1);
      expect((await find(`displayName eq "${group.displayName.toUpperCase()}"`, "Groups")).body.totalResults).toBe(1);
      expect((await find(`externalId eq "ext-${run}"`)).body.totalResults).toBe(0);
      expect((await find(`id eq "${user.id.toUpperCase()}"`)).body.totalResults).toBe(0);
    },
  ],
  [
    "a bare complex attribute in a filter means its value",
    "RFC 7644 section 3.4.2.2",
    async () => {
      const user = await aUser({ emails: [{ value: `bare-${run}@example.com` }] });
      expect((await find(`emails eq "bare-${run}@example.com"`)).body.Resources.map(({ id }) => id)).toEqual([user.id]);
    },
  ],
  [
    "a value path binds to one element, the dotted form does not",
    "RFC 7644 section 3.4.2.2",
    async () => {
      const mine = `bound-${run}@example.com`;
      await aUser({
        emails: [
          { value: mine, type: "home" },
          { value: "x@example.com", type: "work" },
        ],
      });
      expect((await find(`emails[type eq "work" and value eq "${mine}"]`)).body.totalResults).toBe(0);
      expect((await find(`emails.type eq "work" and emails.value eq "${mine}"`)).body.totalResults).toBe(1);
    },
  ],
  [
    "filter values are JSON strings with escapes",
    "RFC 7644 section 3.4.2.2",
    async () => {
      const title = `say "hi" \\ ${run} \u00e9`;
      const user = await aUser({ title });
      for (const text of [JSON.stringify(title), `"say \\"hi\\" \\\\ ${run} \\u00e9"`])
        expect((await find(`title eq ${text}`)).body.Resources.map(({ id }) => id)).toEqual([user.id]);
    },
  ],
  [
    "a malformed filter is 400 invalidFilter",
    "RFC 7644 section 3.4.2.2",
    async () => {
      for (const filter of [
        "userName",
        "userName eq",
        'userName eq "',
        'eq "x"',
        '(userName eq "x"',
        'userName eq "x")',
        'userName = "x"',
      ])
        expect([filter, await find(filter)]).toEqual([
          filter,
          expect.objectContaining({ status: 400, body: expect.objectContaining({ scimType: "invalidFilter" }) }),
        ]);
    },
  ],
  [
    "paging: below 1 is 1, below 0 is 0, 0 counts only, past the end is empty",
    "RFC 7644 section 3.4.2.4",
    async () => {
      await aUser();
      const { body: all } = await scim.get("/Users?startIndex=0&count=1");
      expect([all["startIndex"], all["itemsPerPage"]]).toEqual([1, 1]);
      for (const query of ["count=0", "count=-5", `startIndex=${all.totalResults + 1}`]) {
        const { body } = await scim.get(`/Users?${query}`);
        expect([query, body.totalResults, body["itemsPerPage"], body.Resources]).toEqual([
          query,
          all.totalResults,
          0,
          [],
        ]);
      }
    },
  ],
  [
    "excludedAttributes cannot drop id; attributes takes sub-attributes and URNs; both work on writes",
    "RFC 7644 section 3.9",
    async () => {
      const user = await aUser({
        name: { givenName: "Ada", familyName: "L" },
        [ENTERPRISE]: { department: "d", division: "e" },
      });
      const excluded = await scim.get(`${user.at}?excludedAttributes=id,schemas,name,meta`);
      expect(Object.keys(excluded.body).sort()).toEqual([ENTERPRISE, "active", "id", "schemas", "userName"].sort());
      const picked = await scim.put(`${user.at}?attributes=name.givenName,${ENTERPRISE}:department`, {
        userName: user.userName,
        name: { givenName: "Ada", familyName: "L" },
        [ENTERPRISE]: { department: "d", division: "e" },
      });
      expect(picked.body).toEqual({
        schemas: [USER, ENTERPRISE],
        id: user.id,
        name: { givenName: "Ada" },
        [ENTERPRISE]: { department: "d" },
      });
    },
  ],
  [
    "every error has the Error schema, a status as a string and SCIM's media type",
    "RFC 7644 sections 3.1 and 3.12",
    async () => {
      const { at } = await aUser();
      const answers = [
        await scim.get("/Users/none"),
        await scim.get("/None"),
        await scim.send("POST", at, {}),
        await scim.send("POST", "/Users", "{"),
        await scim.send("POST", "/Users", "x", { type: "text/plain" }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 405, 400, 415]);
      for (const { status, headers, body } of answers)
        expect([headers.get("content-type"), body]).toEqual([
          SCIM_TYPE,
          expect.objectContaining({ schemas: [ERROR], status: String(status) }),
        ]);
    },
  ],
  [
    "401 has WWW-Authenticate, and the scheme counts in any case",
    "RFC 9110 sections 11.1 and 15.5.2",
    async () => {
      const refused = await scim.send("GET", "/Users", undefined, { token: "wrong" });
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringMatching(/^Bearer/),
      ]);
      const headers = { Authorization: `bEARER ${endpoint.token}` };
      expect((await scim.send("GET", "/Users?count=0", undefined, { token: null, headers })).status).toBe(200);
    },
  ],
  [
    "discovery endpoints answer a filter with 403",
    "RFC 7644 section 4",
    async () => {
      for (const at of ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes"])
        expect([at, (await scim.get(`${at}?filter=${encodeURIComponent('id eq "x"')}`)).status]).toEqual([at, 403]);
    },
  ],
  [
    "a password is never returned and cannot be asked for",
    "RFC 7643 sections 4.1.1 and 7",
    async () => {
      const { at, ...user } = await aUser({ password: "pass-word-1" });
      const read = await scim.get(`${at}?attributes=password,userName`);
      expect(Object.keys({ ...user, ...read.body })).not.toContain("password");
      for (const op of ["eq", "sw", "co"]) expect((await find(`password ${op} "pass-word-1"`)).status).toBe(400);
    },
  ],
  [
    "extension URNs are in schemas exactly when there are values",
    "RFC 7643 section 3.3",
    async () => {
      const { at, ...user } = await aUser();
      const added = await scim.patch(at, { op: "add", path: `${ENTERPRISE}:department`, value: "d" });
      const removed = await scim.patch(at, { op: "remove", path: `${ENTERPRISE}:department` });
      expect([user["schemas"], added.body["schemas"], removed.body["schemas"]]).toEqual([
        [USER],
        [USER, ENTERPRISE],
        [USER],
      ]);
    },
  ],
];

describe("what is most often got wrong in RFC 7643 and 7644", () => {
  it.each(rows)("%s (%s)", async (_rule, _where, check) => {
    await check();
  });
});
