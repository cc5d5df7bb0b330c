import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENTERPRISE, ERROR, SCIM_TYPE, type ScimClient, USER } from "../e2e/clients.ts";
import { openRig, type Rig } from "./rig.ts";

let rig: Rig;
let scim: ScimClient;

beforeAll(async () => {
  rig = await openRig();
  ({ scim } = rig);
});
afterAll(async () => {
  await rig.close();
});

/** What is most often got wrong (section 4 of the research notes on clients), as far as it is offered. */
const rows: [rule: string, where: string, check: () => Promise<void>][] = [
  [
    "names, operators and URNs count in any case",
    "RFC 7643 section 2.1, RFC 7644 section 3.10",
    async () => {
      const user = await rig.aUser({ DISPLAYNAME: "Ada" });
      expect(user.displayName).toBe("Ada");
      const { body } = await scim.patch(user.at, {
        op: "REPLACE",
        path: `${USER.toUpperCase()}:NAME.GIVENNAME`,
        value: "Ada",
      });
      expect(body["name"]).toEqual({ givenName: "Ada" });
      expect((await rig.find(`USERNAME EQ "${user.userName}"`)).body.totalResults).toBe(1);
    },
  ],
  [
    "caseExact decides a comparison",
    "RFC 7643 sections 3.1 and 4.1",
    async () => {
      const user = await rig.aUser({ externalId: `Ext-${rig.run}` });
      const group = await rig.aGroup();
      expect((await rig.find(`userName eq "${user.userName.toUpperCase()}"`)).body.totalResults).toBe(1);
      expect((await rig.find(`displayName eq "${group.displayName.toUpperCase()}"`, "Groups")).body.totalResults).toBe(
        1,
      );
      expect((await rig.find(`externalId eq "ext-${rig.run}"`)).body.totalResults).toBe(0);
      expect((await rig.find(`id eq "${user.id.toUpperCase()}"`)).body.totalResults).toBe(0);
    },
  ],
  [
    "a bare complex attribute in a filter means its value",
    "RFC 7644 section 3.4.2.2",
    async () => {
      const user = await rig.aUser({ emails: [{ value: `bare-${rig.run}@example.com` }] });
      expect((await rig.find(`emails eq "bare-${rig.run}@example.com"`)).body.Resources.map(({ id }) => id)).toEqual([
        user.id,
      ]);
    },
  ],
  [
    "a value path binds to one element, the dotted form does not",
    "RFC 7644 section 3.4.2.2",
    async () => {
      const mine = `bound-${rig.run}@example.com`;
      await rig.aUser({
        emails: [
          { value: mine, type: "home" },
          { value: "x@example.com", type: "work" },
        ],
      });
      expect((await rig.find(`emails[type eq "work" and value eq "${mine}"]`)).body.totalResults).toBe(0);
      expect((await rig.find(`emails.type eq "work" and emails.value eq "${mine}"`)).body.totalResults).toBe(1);
    },
  ],
  [
    "filter values are JSON strings with escapes",
    "RFC 7644 section 3.4.2.2",
    async () => {
      const title = `say "hi" \\ ${rig.run} \u00e9`;
      const user = await rig.aUser({ title });
      for (const text of [JSON.stringify(title), `"say \\"hi\\" \\\\ ${rig.run} \\u00e9"`])
        expect((await rig.find(`title eq ${text}`)).body.Resources.map(({ id }) => id)).toEqual([user.id]);
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
        expect([filter, await rig.find(filter)]).toEqual([
          filter,
          expect.objectContaining({ status: 400, body: expect.objectContaining({ scimType: "invalidFilter" }) }),
        ]);
    },
  ],
  [
    "paging: below 1 is 1, below 0 is 0, 0 counts only, past the end is empty",
    "RFC 7644 section 3.4.2.4",
    async () => {
      await rig.aUser();
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
      const user = await rig.aUser({
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
      const { at } = await rig.aUser();
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
      const headers = { Authorization: `bEARER ${rig.token}` };
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
      const { at, ...user } = await rig.aUser({ password: "pass-word-1" });
      const read = await scim.get(`${at}?attributes=password,userName`);
      expect(Object.keys({ ...user, ...read.body })).not.toContain("password");
      for (const op of ["eq", "sw", "co"]) expect((await rig.find(`password ${op} "pass-word-1"`)).status).toBe(400);
    },
  ],
  [
    "extension URNs are in schemas exactly when there are values",
    "RFC 7643 section 3.3",
    async () => {
      const { at, ...user } = await rig.aUser();
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

describe("what is most often got wrong in RFC 7643 and 7644, reading", () => {
  it.each(rows)("%s (%s)", async (_rule, _where, check) => {
    await check();
  });
});
