import { expect } from "vitest";
import { ENTERPRISE, ERROR, GROUP, SCIM_TYPE, USER } from "../e2e/clients.ts";
import type { Rig } from "./rig.ts";
import { describeRules, type Rule } from "./rules.ts";

const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

type Attribute = { name: string; type: string; multiValued: boolean; mutability: string; subAttributes?: Attribute[] };

/** The extensions of User that the endpoint announces, each with an attribute of text that can be written. */
async function announcedExtensions({ scim }: Rig): Promise<{ urn: string; attribute: string }[]> {
  const { body: type } = await scim.get("/ResourceTypes/User");
  const urns = (type["schemaExtensions"] as { schema: string }[]).map(({ schema }) => schema);
  return await Promise.all(
    urns.map(async (urn) => {
      const { body: schema } = await scim.get(`/Schemas/${urn}`);
      expect(schema.id).toBe(urn);
      const text = (schema["attributes"] as Attribute[]).find(
        ({ type, multiValued, mutability }) => type === "string" && !multiValued && mutability === "readWrite",
      );
      return { urn, attribute: text?.name ?? "" };
    }),
  );
}

const rules: readonly Rule[] = [
  [
    "itemsPerPage is the number of resources in this answer",
    "RFC 7644 section 3.4.2",
    async ({ scim, find, aUser }) => {
      const user = await aUser();
      expect((await find(`userName eq "${user.userName}"`)).body).toMatchObject({
        schemas: [LIST],
        totalResults: 1,
        itemsPerPage: 1,
        startIndex: 1,
      });
      const { body } = await scim.get(`/Users?filter=${encodeURIComponent(`id eq "${user.id}"`)}&count=50`);
      expect([body["itemsPerPage"], body.Resources.length]).toEqual([1, 1]);
    },
  ],
  [
    "POST ignores read-only values",
    "RFC 7644 section 3.3",
    async ({ scim, fresh, made }) => {
      const { status, body } = await scim.post("/Users", {
        schemas: [USER],
        userName: fresh(),
        id: "mine",
        groups: [{ value: "x" }],
        meta: { resourceType: "Group", created: "2000-01-01T00:00:00Z", version: 'W/"77"' },
      });
      made(`/Users/${body.id}`);
      expect([status, body.groups, body.meta.resourceType]).toEqual([201, undefined, "User"]);
      expect([body.id === "mine", body.meta.version === 'W/"77"', body.meta.created.startsWith("2000")]).toEqual([
        false,
        false,
        false,
      ]);
    },
  ],
  [
    "attributes and excludedAttributes work on POST and PATCH; what is always returned stays",
    "RFC 7644 section 3.9",
    async ({ scim, fresh, made, aGroup }) => {
      const userName = fresh();
      const created = await scim.post("/Users?attributes=userName", { schemas: [USER], userName, title: "Dr" });
      made(`/Users/${created.body.id}`);
      expect(created.body).toEqual({ schemas: [USER], id: created.body.id, userName });
      const { body } = await scim.send("PATCH", `/Users/${created.body.id}?excludedAttributes=title,meta,id`, {
        schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        Operations: [{ op: "replace", path: "nickName", value: "n" }],
      });
      expect(Object.keys(body).sort()).toEqual(["active", "id", "nickName", "schemas", "userName"]);
      const group = await aGroup({ members: [{ value: created.body.id }] });
      const without = await scim.get(`${group.at}?excludedAttributes=members`);
      expect([without.body.displayName, without.body.members]).toEqual([group.displayName, undefined]);
    },
  ],
  [
    "attributes and excludedAttributes together are refused or the first wins, never both ignored",
    "RFC 7644 section 3.9",
    async ({ scim, aUser }) => {
      const user = await aUser({ title: "Dr" });
      const { status, body } = await scim.get(`${user.at}?attributes=userName&excludedAttributes=userName`);
      expect([status, Object.keys(body)].flat()).not.toContain("title");
      expect([200, 400]).toContain(status);
    },
  ],
  [
    "application/json is taken and, when only that is accepted, given; else the answer is application/scim+json",
    "RFC 7644 sections 3.1 and 8.1",
    async ({ scim, fresh, made }) => {
      const sent = { schemas: [USER], userName: fresh() };
      for (const type of [
        "application/json",
        "application/json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
      ]) {
        const answer = await scim.send("POST", "/Users", { ...sent, userName: fresh() }, { type });
        made(`/Users/${answer.body.id}`);
        expect([type, answer.status, answer.headers.get("content-type")]).toEqual([type, 201, SCIM_TYPE]);
      }
      const typeFor = async (accept: string): Promise<string | null> =>
        (await scim.send("GET", "/Users?count=0", undefined, { headers: { Accept: accept } })).headers.get(
          "content-type",
        );
      expect(
        await Promise.all(["*/*", "application/json", "application/scim+json, application/json"].map(typeFor)),
      ).toEqual([SCIM_TYPE, "application/json", SCIM_TYPE]);
    },
  ],
  [
    "what cannot be read as JSON, or is no object, is 400 invalidSyntax",
    "RFC 7644 section 3.12",
    async ({ scim }) => {
      for (const body of ["{", "[]", '"text"', "null", "", '{"userName": }'])
        expect([body, await scim.send("POST", "/Users", body)]).toEqual([
          body,
          expect.objectContaining({
            status: 400,
            body: expect.objectContaining({ schemas: [ERROR], scimType: "invalidSyntax", status: "400" }),
          }),
        ]);
    },
  ],
  [
    "a missing required value is 400 invalidValue",
    "RFC 7644 section 3.12",
    async ({ scim }) => {
      expect(await scim.post("/Users", { schemas: [USER] })).toMatchObject({
        status: 400,
        body: { scimType: "invalidValue" },
      });
      expect(await scim.post("/Groups", { schemas: [GROUP] })).toMatchObject({
        status: 400,
        body: { scimType: "invalidValue" },
      });
    },
  ],
  [
    "a write with the ETag of another version is 412 and changes nothing; with the present one, or *, it is done",
    "RFC 7644 section 3.14, RFC 9110 section 13.1.1",
    async ({ scim, aUser }) => {
      const { at, ...user } = await aUser({ title: "before" });
      const first = await scim.get(at);
      expect(first.headers.get("etag")).toBe(user.meta.version);
      const put = (version: string, title: string) =>
        scim.send("PUT", at, { schemas: [USER], userName: user.userName, title }, { headers: { "If-Match": version } });
      const changed = await put(user.meta.version, "after");
      expect([changed.status, changed.headers.get("etag")]).toEqual([200, changed.body.meta.version]);
      expect(changed.body.meta.version).not.toBe(user.meta.version);
      const stale = [
        await put(user.meta.version, "late"),
        await scim.send(
          "PATCH",
          at,
          { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [{ op: "remove", path: "title" }] },
          { headers: { "If-Match": user.meta.version } },
        ),
        await scim.send("DELETE", at, undefined, { headers: { "If-Match": user.meta.version } }),
      ];
      for (const { status, body } of stale)
        expect([status, body["schemas"], body["status"]]).toEqual([412, [ERROR], "412"]);
      expect((await scim.get(at)).body["title"]).toBe("after");
      expect((await put("*", "any")).status).toBe(200);
    },
  ],
  [
    "HEAD is GET without the body",
    "RFC 9110 section 9.3.2",
    async ({ scim, aUser }) => {
      const { at } = await aUser();
      const [got, head] = [await scim.get(at), await scim.send("HEAD", at)];
      expect([head.status, head.text]).toEqual([200, ""]);
      for (const name of ["content-type", "etag", "location"])
        expect([name, head.headers.get(name)]).toEqual([name, got.headers.get(name)]);
      expect((await scim.send("HEAD", "/Users/none")).status).toBe(404);
    },
  ],
  [
    "/Me is 501 for a token that is nobody's, whatever the method",
    "RFC 7644 section 3.11",
    async ({ scim }) => {
      const answers = [
        await scim.get("/Me"),
        await scim.put("/Me", { schemas: [USER], userName: "me" }),
        await scim.patch("/Me", { op: "replace", path: "title", value: "x" }),
        await scim.delete("/Me"),
        await scim.post("/Me", { schemas: [USER], userName: "me" }),
      ];
      for (const { status, body } of answers)
        expect([status, body["schemas"], body["status"]]).toEqual([501, [ERROR], "501"]);
    },
  ],
  [
    "a password cannot be probed: not by a filter, a value path, a sort, or a PATCH that tests it",
    "RFC 7643 section 7, RFC 7644 section 7.5.2",
    async ({ scim, aUser, find }) => {
      const user = await aUser({ password: "pass-word-1" });
      for (const filter of [
        "password pr",
        'PASSWORD eq "pass-word-1"',
        `${USER}:password sw "p"`,
        `userName eq "${user.userName}" and password eq "pass-word-1"`,
        `not (password eq "x")`,
      ])
        expect([filter, (await find(filter)).status]).toEqual([filter, 400]);
      for (const path of ["/Users?attributes=password", `${user.at}?attributes=password`, "/Users?sortBy=password"]) {
        const { text } = await scim.get(path);
        expect([path, text.includes("pass-word-1")]).toEqual([path, false]);
      }
      const patched = await scim.patch(user.at, { op: "replace", path: "password", value: "pass-word-2" });
      expect([patched.status, patched.text.includes("pass-word")]).toEqual([200, false]);
    },
  ],
  [
    "every announced extension has its schema, takes a value and shows its URN exactly while it has one",
    "RFC 7643 sections 3.3 and 6",
    async (rig) => {
      const extensions = await announcedExtensions(rig);
      expect(extensions.map(({ urn }) => urn)).toContain(ENTERPRISE);
      for (const { urn, attribute } of extensions) {
        const path = `${urn}:${attribute}`;
        const user = await rig.aUser({ schemas: [USER, urn], [urn]: { [attribute]: rig.run } });
        expect([user["schemas"], user[urn]]).toEqual([[USER, urn], { [attribute]: rig.run }]);
        await rig.scim.patch(user.at, { op: "replace", path, value: `${rig.run}-2` });
        expect((await rig.scim.get(user.at)).body[urn]).toEqual({ [attribute]: `${rig.run}-2` });
        await rig.scim.patch(user.at, { op: "remove", path });
        const { body: removed } = await rig.scim.get(user.at);
        expect([removed["schemas"], removed[urn]]).toEqual([[USER], undefined]);
        const { body: picked } = await rig.scim.patch(`${user.at}?attributes=${path}`, { op: "add", path, value: "x" });
        expect(picked).toEqual({ schemas: [USER, urn], id: user.id, [urn]: { [attribute]: "x" } });
      }
    },
  ],
  [
    "an extension that is not announced is not stored and not shown",
    "RFC 7643 section 3.3",
    async ({ scim, aUser }) => {
      const urn = "urn:example:unheard:2.0:User";
      const user = await aUser({ schemas: [USER, urn], [urn]: { colour: "red" } });
      expect([user["schemas"], user[urn]]).toEqual([[USER], undefined]);
      expect((await scim.get(`${user.at}?attributes=${urn}:colour`)).body).toEqual({ schemas: [USER], id: user.id });
    },
  ],
];

describeRules("what is most often got wrong in RFC 7643 and 7644, answering", rules);
