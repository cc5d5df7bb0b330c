import { expect } from "vitest";
import type { Rig } from "./rig.ts";
import { describeRules, type Rule } from "./rules.ts";

/** The nickNames of this run's people in the order of an answer. */
async function orderOf({ scim }: Rig, userType: string, query: string): Promise<string> {
  const filter = encodeURIComponent(`userType eq "${userType}"`);
  const { status, body, text } = await scim.get(`/Users?filter=${filter}&${query}`);
  expect([query, status, status === 200 ? "" : text]).toEqual([query, 200, ""]);
  return body.Resources.map((user) => String(user["nickName"])).join("");
}

/** Makes people in an order that no rule asks for; each has its letter as nickName. */
async function people(rig: Rig, all: readonly Record<string, unknown>[]): Promise<string> {
  const userType = `${rig.fresh()}-${rig.run}`;
  for (const one of all) await rig.aUser({ userType, ...one });
  return userType;
}

const rules: readonly Rule[] = [
  [
    "sorting is announced, ascending by default, and descending on request",
    "RFC 7644 section 3.4.2.3",
    async (rig) => {
      expect((await rig.scim.get("/ServiceProviderConfig")).body["sort"]).toEqual({ supported: true });
      const userType = await people(rig, [{ nickName: "b" }, { nickName: "c" }, { nickName: "a" }]);
      expect(await orderOf(rig, userType, "sortBy=nickName")).toBe("abc");
      expect(await orderOf(rig, userType, "sortBy=nickName&sortOrder=ascending")).toBe("abc");
      expect(await orderOf(rig, userType, "sortBy=NICKNAME&sortOrder=descending")).toBe("cba");
    },
  ],
  [
    "without caseExact the case does not count",
    "RFC 7644 section 3.4.2.3",
    async (rig) => {
      const userType = await people(rig, [
        { nickName: "b", title: "B" },
        { nickName: "c", title: "c" },
        { nickName: "a", title: "a" },
      ]);
      expect(await orderOf(rig, userType, "sortBy=title")).toBe("abc");
    },
  ],
  [
    "who has no value comes last ascending and first descending",
    "RFC 7644 section 3.4.2.3",
    async (rig) => {
      const userType = await people(rig, [
        { nickName: "n" },
        { nickName: "b", title: "b" },
        { nickName: "a", title: "a" },
      ]);
      expect(await orderOf(rig, userType, "sortBy=title")).toBe("abn");
      expect(await orderOf(rig, userType, "sortBy=title&sortOrder=descending")).toBe("nba");
    },
  ],
  [
    "sub-attributes sort, and of many values the primary one, else the first",
    "RFC 7644 section 3.4.2.3",
    async (rig) => {
      const userType = await people(rig, [
        {
          nickName: "b",
          name: { familyName: "B" },
          emails: [{ value: "a@example.com" }, { value: "y@example.com", primary: true }],
        },
        { nickName: "a", name: { familyName: "A" }, emails: [{ value: "x@example.com" }, { value: "b@example.com" }] },
      ]);
      expect(await orderOf(rig, userType, "sortBy=name.familyName")).toBe("ab");
      expect(await orderOf(rig, userType, "sortBy=emails")).toBe("ab");
      expect(await orderOf(rig, userType, "sortBy=emails.value&sortOrder=descending")).toBe("ba");
    },
  ],
  [
    "pages of a sorted list join without a gap or a double, also among equals",
    "RFC 7644 sections 3.4.2.3 and 3.4.2.4",
    async (rig) => {
      const letters = [..."gfedcba"];
      const userType = await people(
        rig,
        letters.map((nickName) => ({ nickName, title: "same" })),
      );
      const pages: string[] = [];
      for (const start of [1, 3, 5, 7])
        pages.push(await orderOf(rig, userType, `sortBy=title&startIndex=${start}&count=2`));
      expect([...pages.join("")].sort()).toEqual(letters.toSorted());
    },
  ],
  [
    "groups sort by displayName and by meta.created",
    "RFC 7644 section 3.4.2.3",
    async ({ scim, aGroup, fresh }) => {
      const externalId = fresh();
      const made = [];
      for (const letter of ["b", "A"]) made.push(await aGroup({ displayName: `${letter} ${externalId}`, externalId }));
      const filter = encodeURIComponent(`externalId eq "${externalId}"`);
      const names = async (query: string) =>
        (await scim.get(`/Groups?filter=${filter}&${query}`)).body.Resources.map(({ displayName }) => displayName[0]);
      expect(await names("sortBy=displayName")).toEqual(["A", "b"]);
      expect(await names("sortBy=meta.created")).toEqual(["b", "A"]);
    },
  ],
  [
    "an order by what nobody knows is refused, not ignored",
    "RFC 7644 sections 3.4.2.3 and 3.12",
    async ({ scim }) => {
      for (const query of [
        "sortBy=colour",
        "sortBy=userName&sortOrder=sideways",
        "sortBy=emails%5Btype",
        "sortBy=password",
      ])
        expect([query, (await scim.get(`/Users?${query}`)).status]).toEqual([query, 400]);
    },
  ],
];

describeRules("sorting by RFC 7644", rules);
