import { expect } from "vitest";
import { ERROR, SCIM_TYPE } from "../e2e/clients.ts";
import { describeRules, type Rule } from "./rules.ts";

const SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

const rules: readonly Rule[] = [
  [
    "POST .search answers as the GET with the same parameters would: 200 and a ListResponse",
    "RFC 7644 section 3.4.3",
    async ({ scim, aUser, find }) => {
      const user = await aUser({ title: "Dr" });
      const filter = `userName eq "${user.userName}"`;
      const answer = await scim.post("/Users/.search", { schemas: [SEARCH], filter });
      expect([answer.status, answer.headers.get("content-type"), answer.body["schemas"]]).toEqual([
        200,
        SCIM_TYPE,
        [LIST],
      ]);
      expect(answer.body).toEqual((await find(filter)).body);
    },
  ],
  [
    "attributes, excludedAttributes, startIndex and count are in the body",
    "RFC 7644 section 3.4.3",
    async ({ scim, aUser, run }) => {
      const users = [await aUser({ userType: run }), await aUser({ userType: run }), await aUser({ userType: run })];
      const search = { schemas: [SEARCH], filter: `userType eq "${run}"` };
      const page = await scim.post("/Users/.search", { ...search, attributes: ["userName"], startIndex: 2, count: 1 });
      expect(page.body).toMatchObject({ totalResults: 3, startIndex: 2, itemsPerPage: 1 });
      expect(page.body.Resources.map((user) => Object.keys(user).sort())).toEqual([["id", "schemas", "userName"]]);
      const rest = await scim.post("/Users/.search", { ...search, excludedAttributes: ["userName", "meta", "id"] });
      expect(rest.body.Resources.map((user) => user.id).sort()).toEqual(users.map(({ id }) => id).sort());
      expect(rest.body.Resources.flatMap((user) => Object.keys(user))).not.toContain("userName");
      expect((await scim.post("/Users/.search", { ...search, count: 0 })).body).toMatchObject({
        totalResults: 3,
        itemsPerPage: 0,
      });
    },
  ],
  [
    "at the root it searches users and groups alike",
    "RFC 7644 sections 3.4.2.1 and 3.4.3",
    async ({ scim, aUser, aGroup, run }) => {
      const externalId = `both-${run}`;
      const [user, group] = [await aUser({ externalId }), await aGroup({ externalId })];
      const search = async (filter: string): Promise<string[]> => {
        const { status, body } = await scim.post("/.search", { schemas: [SEARCH], filter });
        expect([filter, status]).toEqual([filter, 200]);
        return body.Resources.map(({ meta, id }) => `${meta.resourceType} ${id}`).sort();
      };
      const both = `externalId eq "${externalId}"`;
      expect(await search(both)).toEqual([`Group ${group.id}`, `User ${user.id}`]);
      expect(await search(`${both} and meta.resourceType eq "Group"`)).toEqual([`Group ${group.id}`]);
    },
  ],
  [
    "a malformed search is 400, in the Error schema",
    "RFC 7644 sections 3.4.3 and 3.12",
    async ({ scim }) => {
      const cases: [body: unknown, scimType: RegExp][] = [
        [{ schemas: [SEARCH], filter: "userName eq" }, /^invalidFilter$/],
        [{ schemas: [SEARCH], filter: 7 }, /^invalid(Filter|Value|Syntax)$/],
        [{ schemas: [SEARCH], count: "many" }, /^invalid(Value|Syntax)$/],
        [[], /^invalidSyntax$/],
      ];
      for (const [body, scimType] of cases)
        expect([body, await scim.post("/Users/.search", body)]).toEqual([
          body,
          expect.objectContaining({
            status: 400,
            body: expect.objectContaining({ schemas: [ERROR], scimType: expect.stringMatching(scimType) }),
          }),
        ]);
    },
  ],
  [
    "a password cannot be probed by a search either",
    "RFC 7643 section 7",
    async ({ scim, aUser }) => {
      await aUser({ password: "pass-word-1" });
      const answer = await scim.post("/Users/.search", { schemas: [SEARCH], filter: 'password sw "p"' });
      expect([answer.status, answer.text.includes("pass-word")]).toEqual([400, false]);
      const shown = await scim.post("/Users/.search", { schemas: [SEARCH], attributes: ["password"], count: 5 });
      expect([shown.status, shown.text.includes("pass-word")]).toEqual([200, false]);
    },
  ],
];

describeRules("searching with POST by RFC 7644", rules);
