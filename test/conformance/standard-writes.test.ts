import { uuidV7 } from "@muster/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENTERPRISE, GROUP, type ScimClient, USER } from "../e2e/clients.ts";
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
    "replace and add on a complex attribute leave the sub-attributes that are not named",
    "RFC 7644 section 3.5.2.3",
    async () => {
      const { at } = await rig.aUser({ name: { givenName: "Ada", familyName: "Byron", middleName: "A" } });
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
      const { at } = await rig.aUser({ emails: [{ value: "a@example.com", type: "home" }] });
      const answer = await scim.patch(at, { op: "replace", path: 'emails[type eq "work"]', value: { display: "x" } });
      expect(answer).toMatchObject({ status: 400, body: { scimType: "noTarget" } });
    },
  ],
  [
    "remove without a path is 400 noTarget",
    "RFC 7644 section 3.5.2.2",
    async () => {
      const { at } = await rig.aUser();
      expect(await scim.patch(at, { op: "remove" })).toMatchObject({ status: 400, body: { scimType: "noTarget" } });
    },
  ],
  [
    "a PATCH is atomic",
    "RFC 7644 section 3.5.2",
    async () => {
      const { at } = await rig.aUser({ title: "before" });
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
      const { at } = await rig.aUser({ emails: [{ value: "a@example.com", type: "work", primary: true }] });
      const { body } = await scim.patch(at, {
        op: "add",
        path: "emails",
        value: [{ value: "b@example.com", type: "home", primary: true }],
      });
      const primaryOf = (user: typeof body) =>
        (user["emails"] as { value: string; primary?: boolean }[]).flatMap((email) =>
          email.primary === true ? [email.value] : [],
        );
      expect(primaryOf(body)).toEqual(["b@example.com"]);
      const back = await scim.patch(at, { op: "replace", path: 'emails[type eq "work"].primary', value: true });
      expect(primaryOf(back.body)).toEqual(["a@example.com"]);
    },
  ],
  [
    "adding what is there changes nothing, lastModified neither",
    "RFC 7644 section 3.5.2.1",
    async () => {
      const user = await rig.aUser({ emails: [{ value: "a@example.com", type: "work" }] });
      const group = await rig.aGroup({ members: [{ value: user.id }] });
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
      const group = await rig.aGroup();
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
      const user = await rig.aUser({ title: "Dr", externalId: "x", [ENTERPRISE]: { department: "d" } });
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
      expect((await scim.put(`/Users/${uuidV7()}`, { userName: rig.fresh() })).status).toBe(404);
    },
  ],
  [
    "read-only attributes are 400 mutability in a PATCH",
    "RFC 7644 section 3.5.2",
    async () => {
      const { at } = await rig.aUser();
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
      const answer = await scim.post("/Users", { schemas: [USER], userName: rig.fresh() });
      rig.made(`/Users/${answer.body.id}`);
      expect([answer.status, answer.headers.get("location")]).toEqual([201, answer.body.meta.location]);
    },
  ],
  [
    "POST, PUT and PATCH are 409 uniqueness for a taken userName, in any case",
    "RFC 7644 section 3.3, RFC 7643 section 4.1.1",
    async () => {
      const [one, two] = [await rig.aUser(), await rig.aUser()];
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
      const user = await rig.aUser();
      await scim.delete(user.at);
      const again = await scim.post("/Users", { userName: user.userName });
      rig.made(`/Users/${again.body.id}`);
      expect(again.status).toBe(201);
    },
  ],
  [
    "null and [] are unassigned, in bodies and in PATCH",
    "RFC 7643 section 2.5",
    async () => {
      const { at, ...user } = await rig.aUser({
        title: null,
        emails: [],
        nickName: "n",
        phoneNumbers: [{ value: "1" }],
      });
      expect([user["title"], user["emails"]]).toEqual([undefined, undefined]);
      const { body } = await scim.patch(
        at,
        { op: "replace", path: "nickName", value: null },
        { op: "replace", path: "phoneNumbers", value: [] },
      );
      expect([body["nickName"], body["phoneNumbers"]]).toEqual([undefined, undefined]);
    },
  ],
];

describe("what is most often got wrong in RFC 7643 and 7644, writing", () => {
  it.each(rows)("%s (%s)", async (_rule, _where, check) => {
    await check();
  });
});
