import { expect } from "vitest";
import type { Answer } from "../e2e/clients.ts";
import type { Rig } from "./rig.ts";
import { describeRules, type Rule } from "./rules.ts";

const SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/** Five people of a type of their own, and the query that finds them. */
async function fivePeople({ aUser, fresh, run }: Rig): Promise<{ ids: string[]; query: string; filter: string }> {
  const userType = `${fresh()}-${run}`;
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.push((await aUser({ userType })).id);
  const filter = `userType eq "${userType}"`;
  return { ids: ids.sort(), filter, query: `/Users?filter=${encodeURIComponent(filter)}` };
}

/** Follows nextCursor to the end; `between` runs after each page. */
async function walk(
  read: (cursor: string) => Promise<Answer>,
  between: () => Promise<unknown> = async () => undefined,
): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined = "";
  while (cursor !== undefined) {
    const answer: Answer = await read(cursor);
    expect([answer.status, answer.status === 200 ? "" : answer.text]).toEqual([200, ""]);
    pages.push(answer.body.Resources.map(({ id }) => id));
    expect(answer.body["itemsPerPage"] ?? answer.body.Resources.length).toBe(answer.body.Resources.length);
    cursor = answer.body["nextCursor"] as string | undefined;
    // Section 2: only unreserved characters of RFC 3986, and never empty.
    if (cursor !== undefined) expect(cursor).toMatch(/^[A-Za-z0-9\-._~]+$/);
    await between();
  }
  return pages;
}

const rules: readonly Rule[] = [
  [
    "the configuration announces both ways, with index as the default",
    "RFC 9865 section 4",
    async ({ scim }) => {
      const { body } = await scim.get("/ServiceProviderConfig");
      expect(body["pagination"]).toMatchObject({ cursor: true, index: true, defaultPaginationMethod: "index" });
      const limits = body["pagination"] as { defaultPageSize: number; maxPageSize: number };
      expect(limits.maxPageSize).toBeGreaterThanOrEqual(limits.defaultPageSize);
    },
  ],
  [
    "an empty cursor asks for the first page, nextCursor for the next, and the last page has none",
    "RFC 9865 section 2",
    async (rig) => {
      const { ids, query } = await fivePeople(rig);
      const pages = await walk((cursor) => rig.scim.get(`${query}&count=2&cursor=${cursor}`));
      expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
      expect(pages.flat().sort()).toEqual(ids);
    },
  ],
  [
    "without a cursor the answer is by index, as before",
    "RFC 9865 sections 2 and 4",
    async (rig) => {
      const { query } = await fivePeople(rig);
      const { body } = await rig.scim.get(`${query}&count=2`);
      expect([body["startIndex"], body.totalResults, body["nextCursor"]]).toEqual([1, 5, undefined]);
    },
  ],
  [
    "who is there all along comes exactly once, whatever is written in between",
    "RFC 9865 section 1",
    async (rig) => {
      const { ids, query } = await fivePeople(rig);
      let count = 0;
      const pages = await walk(
        (cursor) => rig.scim.get(`${query}&count=1&cursor=${cursor}`),
        async () => {
          await rig.scim.patch(`/Users/${ids[count % ids.length]}`, {
            op: "replace",
            path: "title",
            value: `${count}`,
          });
          await rig.aUser();
          count += 1;
        },
      );
      expect(pages.flat().sort()).toEqual(ids);
    },
  ],
  [
    "a cursor goes with a sort, and with a search by POST",
    "RFC 9865 sections 2 and 3",
    async (rig) => {
      const { ids, query, filter } = await fivePeople(rig);
      const sorted = await walk((cursor) =>
        rig.scim.get(`${query}&sortBy=userName&sortOrder=descending&count=2&cursor=${cursor}`),
      );
      const names = await Promise.all(
        sorted.flat().map(async (id) => (await rig.scim.get(`/Users/${id}`)).body.userName),
      );
      expect([names, sorted.flat().toSorted()]).toEqual([names.toSorted().reverse(), ids]);
      const searched = await walk((cursor) =>
        rig.scim.post("/Users/.search", { schemas: [SEARCH], filter, count: 2, cursor }),
      );
      expect(searched.flat().sort()).toEqual(ids);
    },
  ],
  [
    "a cursor that was never given, or belongs to another query, is 400 invalidCursor",
    "RFC 9865 section 2.1",
    async (rig) => {
      const { query } = await fivePeople(rig);
      const { body } = await rig.scim.get(`${query}&count=2&cursor=`);
      const next = String(body["nextCursor"]);
      const other = `/Users?filter=${encodeURIComponent('userName eq "x"')}`;
      for (const path of [
        `${query}&count=2&cursor=nonsense`,
        `${query}&count=2&cursor=${next}x`,
        `${other}&count=2&cursor=${next}`,
        `/Groups?count=2&cursor=${next}`,
      ])
        expect([path, await rig.scim.get(path)]).toEqual([
          path,
          expect.objectContaining({ status: 400, body: expect.objectContaining({ scimType: "invalidCursor" }) }),
        ]);
    },
  ],
  [
    "count 0 with a cursor gives the total alone; a count that is no number is refused",
    "RFC 9865 section 2, RFC 7644 section 3.4.2.4",
    async (rig) => {
      const { query } = await fivePeople(rig);
      const { body } = await rig.scim.get(`${query}&count=0&cursor=`);
      expect([body.totalResults, body.Resources ?? []]).toEqual([5, []]);
      expect((await rig.scim.get(`${query}&count=many&cursor=`)).status).toBe(400);
    },
  ],
];

describeRules("paging by cursor, RFC 9865", rules);
