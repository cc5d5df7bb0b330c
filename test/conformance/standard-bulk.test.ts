import { expect } from "vitest";
import { type Answer, ENTERPRISE, ERROR, GROUP, PATCH_OP, USER } from "../e2e/clients.ts";
import type { Rig } from "./rig.ts";
import { describeRules, type Rule } from "./rules.ts";

const BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

type Operation = { method: string; path: string; bulkId?: string; version?: string; data?: unknown };
type Outcome = {
  method: string;
  bulkId?: string;
  location?: string;
  version?: string;
  status: string;
  response?: { schemas: string[]; status: string; scimType?: string };
};

/** Sends a bulk request and notes what it made. */
async function bulk(
  { scim, made }: Rig,
  Operations: readonly Operation[],
  more: Record<string, unknown> = {},
): Promise<{ answer: Answer; outcomes: Outcome[] }> {
  const answer = await scim.post("/Bulk", { schemas: [BULK_REQUEST], ...more, Operations });
  const outcomes = (answer.body["Operations"] ?? []) as Outcome[];
  for (const { method, status, location } of outcomes)
    if (method === "POST" && status === "201" && location !== undefined) made(pathOf(location));
  return { answer, outcomes };
}

/** The path below the directory's address: the last two parts. */
function pathOf(location: string | undefined): string {
  return `/${String(location).split("/").slice(-2).join("/")}`;
}

const newUser = (bulkId: string, userName: string, more: Record<string, unknown> = {}): Operation => ({
  method: "POST",
  path: "/Users",
  bulkId,
  data: { schemas: [USER], userName, ...more },
});
const newGroup = (bulkId: string, displayName: string, ...members: string[]): Operation => ({
  method: "POST",
  path: "/Groups",
  bulkId,
  data: { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) },
});

const rules: readonly Rule[] = [
  [
    "each operation is answered with method, bulkId, location, version and a status that is a string",
    "RFC 7644 section 3.7.3",
    async (rig) => {
      const [kept, gone] = [await rig.aUser(), await rig.aUser()];
      const { answer, outcomes } = await bulk(rig, [
        newUser("new", rig.fresh()),
        { method: "PUT", path: kept.at, data: { schemas: [USER], userName: kept.userName, title: "put" } },
        {
          method: "PATCH",
          path: kept.at,
          data: { schemas: [PATCH_OP], Operations: [{ op: "add", path: "nickName", value: "n" }] },
        },
        { method: "DELETE", path: gone.at },
      ]);
      expect([answer.status, answer.body["schemas"]]).toEqual([200, [BULK_RESPONSE]]);
      expect(outcomes.map(({ method, status }) => [method, status])).toEqual([
        ["POST", "201"],
        ["PUT", "200"],
        ["PATCH", "200"],
        ["DELETE", "204"],
      ]);
      expect([outcomes[0]?.bulkId, outcomes[1]?.location]).toEqual(["new", kept.meta.location]);
      const made = await rig.scim.get(pathOf(outcomes[0]?.location));
      expect([made.status, made.body.meta.location, made.body.meta.version]).toEqual([
        200,
        outcomes[0]?.location,
        outcomes[0]?.version,
      ]);
      expect((await rig.scim.get(kept.at)).body).toMatchObject({ title: "put", nickName: "n" });
      expect((await rig.scim.get(gone.at)).status).toBe(404);
    },
  ],
  [
    "a bulkId may be used before the operation that makes it, in bodies and in paths",
    "RFC 7644 section 3.7.2",
    async (rig) => {
      const { outcomes } = await bulk(rig, [
        newGroup("team", rig.fresh(), "bulkId:ada"),
        {
          method: "PATCH",
          path: "/Users/bulkId:ada",
          data: { schemas: [PATCH_OP], Operations: [{ op: "add", path: "title", value: "Countess" }] },
        },
        newUser("ada", rig.fresh(), { [ENTERPRISE]: { manager: { value: "bulkId:boss" } } }),
        newUser("boss", rig.fresh()),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["201", "200", "201", "201"]);
      const [group, ada] = [pathOf(outcomes[0]?.location), pathOf(outcomes[2]?.location)];
      const [, , adaId = ""] = ada.split("/");
      const { body: read } = await rig.scim.get(ada);
      expect([read["title"], read[ENTERPRISE]]).toEqual([
        "Countess",
        { manager: expect.objectContaining({ value: pathOf(outcomes[3]?.location).split("/")[2] }) },
      ]);
      expect((await rig.scim.get(group)).body.members.map(({ value }) => value)).toEqual([adaId]);
    },
  ],
  [
    "circular references are resolved, or refused with 409, never stored half",
    "RFC 7644 section 3.7.1",
    async (rig) => {
      const manager = (bulkId: string) => ({ [ENTERPRISE]: { manager: { value: `bulkId:${bulkId}` } } });
      const { outcomes } = await bulk(rig, [
        newUser("one", rig.fresh(), manager("two")),
        newUser("two", rig.fresh(), manager("one")),
      ]);
      const statuses = outcomes.map(({ status }) => status);
      expect([
        ["201", "201"],
        ["409", "409"],
      ]).toContainEqual(statuses);
      if (statuses[0] === "409") return;
      const [one, two] = await Promise.all(outcomes.map(async ({ location }) => await rig.scim.get(pathOf(location))));
      const managerOf = (answer: Answer | undefined) => answer?.body[ENTERPRISE] as { manager: { value: string } };
      expect([managerOf(one).manager.value, managerOf(two).manager.value]).toEqual([two?.body.id, one?.body.id]);
    },
  ],
  [
    "a bulkId that nobody makes fails its own operation alone",
    "RFC 7644 sections 3.7.2 and 3.7.3",
    async (rig) => {
      const { answer, outcomes } = await bulk(rig, [
        { method: "PATCH", path: "/Users/bulkId:nobody", data: { schemas: [PATCH_OP], Operations: [] } },
        newUser("fine", rig.fresh()),
      ]);
      expect([answer.status, outcomes[0]?.status[0], outcomes[1]?.status]).toEqual([200, "4", "201"]);
      expect(outcomes[0]?.response).toMatchObject({ schemas: [ERROR], status: outcomes[0]?.status });
    },
  ],
  [
    "failOnErrors stops after that many errors; without it all are tried",
    "RFC 7644 section 3.7.3",
    async (rig) => {
      const taken = await rig.aUser();
      const names = [rig.fresh(), rig.fresh()];
      const operations = [
        newUser("bad", taken.userName),
        newUser("first", names[0] ?? ""),
        newUser("worse", taken.userName),
        newUser("second", names[1] ?? ""),
      ];
      const stopped = await bulk(rig, operations, { failOnErrors: 2 });
      expect(stopped.outcomes.map(({ status }) => status)).toEqual(["409", "201", "409"]);
      expect(stopped.outcomes[0]?.response).toMatchObject({ schemas: [ERROR], status: "409", scimType: "uniqueness" });
      expect((await rig.find(`userName eq "${names[1]}"`)).body.totalResults).toBe(0);
      const tried = await bulk(
        rig,
        [operations[0], operations[2], operations[3]].filter((one) => one !== undefined),
      );
      expect(tried.outcomes.map(({ status }) => status)).toEqual(["409", "409", "201"]);
    },
  ],
  [
    "an operation with the version of another state is 412 and changes nothing",
    "RFC 7644 sections 3.7 and 3.14",
    async (rig) => {
      const user = await rig.aUser({ title: "before" });
      const { outcomes } = await bulk(rig, [
        { method: "PUT", path: user.at, version: 'W/"other"', data: { schemas: [USER], userName: user.userName } },
      ]);
      expect([outcomes[0]?.status, (await rig.scim.get(user.at)).body["title"]]).toEqual(["412", "before"]);
    },
  ],
  [
    "a POST without bulkId, an unknown method and a path to elsewhere are refused",
    "RFC 7644 section 3.7",
    async (rig) => {
      for (const operation of [
        { method: "POST", path: "/Users", data: { schemas: [USER], userName: rig.fresh() } },
        { method: "TRACE", path: "/Users" },
        { method: "DELETE", path: "/Schemas/x" },
        { method: "POST", path: "/Bulk", bulkId: "inner", data: { schemas: [BULK_REQUEST], Operations: [] } },
        { method: "GET", path: "/Users" },
      ]) {
        const { answer, outcomes } = await bulk(rig, [operation]);
        expect([operation, outcomes[0]?.status ?? String(answer.status)]).toEqual([
          operation,
          expect.stringMatching(/^4/),
        ]);
      }
    },
  ],
  [
    "beyond the announced limits it is 413, and nothing is done",
    "RFC 7644 section 3.7.4",
    async (rig) => {
      const { body: config } = await rig.scim.get("/ServiceProviderConfig");
      const limits = config["bulk"] as { supported: boolean; maxOperations: number; maxPayloadSize: number };
      expect(limits.supported).toBe(true);
      const name = rig.fresh();
      const many = Array.from({ length: limits.maxOperations + 1 }, (_, at) => newUser(`u${at}`, `${name}-${at}`));
      const large = [newUser("large", `${name}-0`, { title: "x".repeat(limits.maxPayloadSize) })];
      for (const operations of [many, large]) {
        const { answer } = await bulk(rig, operations);
        expect([answer.status, answer.body["schemas"], answer.body["status"]]).toEqual([413, [ERROR], "413"]);
      }
      expect((await rig.find(`userName eq "${name}-0"`)).body.totalResults).toBe(0);
    },
  ],
];

describeRules("bulk by RFC 7644", rules);
