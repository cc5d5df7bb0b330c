import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "./clients.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function newTenant(): Promise<Tenant> {
  const tenant = await stage.newTenant();
  await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true });
  return tenant;
}

const eventsOf = (tenant: Tenant, query = "") => stage.admin.get(`/tenants/${tenant.id}/events${query}`);
const typesOf = ({ body }: Answer) => body.items.map((event) => event["type"]);

/** Follows from a cursor until nothing is left and everything that was written can be shown. */
async function follow(tenant: Tenant, cursor: string, count: number): Promise<unknown[]> {
  const types: unknown[] = [];
  for (let after = cursor; types.length < count; ) {
    const page = await eventsOf(tenant, `?limit=2&after=${after}`);
    types.push(...typesOf(page));
    after = String(page.body["cursor"]);
  }
  return types;
}

describe("L2: events over HTTP", () => {
  it("come in pages behind a cursor, with RFC 9967's names, and only of the types that are asked for", async () => {
    const tenant = await newTenant();
    const start = String((await eventsOf(tenant)).body["cursor"]);
    const { id } = await tenant.scim.createUser({ userName: "ana", title: "Engineer" });
    await tenant.scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: "Lead" });
    await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: id }] });
    const { items: audited } = (await stage.admin.get(`/tenants/${tenant.id}/audit`)).body;
    const updated = audited.find(({ action }) => action === "user.update");
    const all = await follow(tenant, start, 4);
    const page = await eventsOf(tenant, `?types=user.updated,group.deleted&after=${start}`);

    expect(all).toEqual(["user.created", "user.updated", "group.created", "membership.added"]);
    expect(page.body.items).toEqual([
      {
        id: expect.any(String),
        type: "user.updated",
        scimEvent: "urn:ietf:params:scim:event:prov:patch:full",
        time: expect.any(String),
        tenantId: tenant.id,
        directoryId: tenant.directoryId,
        userId: id,
        groupId: null,
        connectionId: null,
        changes: { title: { old: "Engineer", new: "Lead" } },
        traceId: updated?.["traceId"],
      },
    ]);
  });

  it.each([
    ["after=nonsense", 400, "after must be the cursor of an earlier answer, unchanged"],
    [`after=${Buffer.from("1~5~-1").toString("base64url")}`, 400, "after must be the cursor"],
    [`after=${Buffer.from("1~5~1~9:3:").toString("base64url")}`, 400, "after must be the cursor"],
    [`after=${Buffer.from("1~18446744073709551615~1").toString("base64url")}`, 400, "this cursor is not from here"],
    [`after=${Buffer.from("1~1~0").toString("base64url")}`, 410, "take a snapshot"],
    ["types=user.exploded", 400, 'there is no type "user.exploded"'],
    ["limit=0", 400, "limit must be a whole number from 1 to 1000"],
  ])("%s is refused with %i", async (query, status, detail) => {
    const tenant = await newTenant();
    const answer = await eventsOf(tenant, `?${query}`);

    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(detail);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });

  it("a tenant that never switched them on has none, and is told how to", async () => {
    const tenant = await stage.newTenant();
    const [events, snapshot] = [await eventsOf(tenant), await stage.admin.get(`/tenants/${tenant.id}/snapshot`)];

    expect([events.status, snapshot.status]).toEqual([409, 409]);
    expect(events.body.detail).toContain("PUT /api/v1/tenants/");
  });

  it("switched off and on again, a cursor from before is gone: what happened between is not known", async () => {
    const tenant = await newTenant();
    const { body } = await eventsOf(tenant);
    await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: false });
    await tenant.scim.createUser({ userName: "unseen" });
    await stage.admin.put(`/tenants/${tenant.id}/event-stream`, { enabled: true, days: 7 });
    const stale = await eventsOf(tenant, `?after=${String(body["cursor"])}`);
    const stream = await stage.admin.get(`/tenants/${tenant.id}/event-stream`);

    expect(stale.status).toBe(410);
    expect(stream.body).toMatchObject({ enabled: true, days: 7 });
  });
});

describe("L4: a snapshot over HTTP", () => {
  it("is lines of JSON: the cursor, people, groups, memberships and the count at the end", async () => {
    const tenant = await newTenant();
    const { id } = await tenant.scim.createUser({ userName: "ana", externalId: "7", title: "Lead" });
    const gone = await tenant.scim.createUser({ userName: "gone" });
    await tenant.scim.delete(`/Users/${gone.id}`);
    const group = await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: id }] });
    const answer = await stage.admin.get(`/tenants/${tenant.id}/snapshot`);
    const [first, ...lines] = answer.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    await tenant.scim.delete(`/Groups/${group.id}`);

    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    expect(lines).toEqual([
      {
        kind: "user",
        id,
        directoryId: tenant.directoryId,
        resource: { userName: "ana", externalId: "7", active: true, title: "Lead" },
      },
      { kind: "group", id: group.id, directoryId: tenant.directoryId, resource: { displayName: "Staff" } },
      { kind: "membership", groupId: group.id, userId: id },
      { kind: "end", lines: 4 },
    ]);
    expect(await follow(tenant, first.cursor, 2)).toEqual(["group.deleted", "membership.removed"]);
  });

  it("of many people is read at the reader's pace, and a reader who leaves ends it", async () => {
    const tenant = await newTenant();
    await stage.ledger.query(
      `insert into users (tenant_id, id, directory_id, user_name, user_name_key, active, attributes)
       select $1, gen_random_uuid(), $2, 'p' || i, 'p' || i, true, jsonb_build_object('title', repeat('x', 2000)) from generate_series(1, 5000) i`,
      [tenant.id, tenant.directoryId],
    );
    const stop = new AbortController();
    const response = await fetch(`${stage.localUrl}/api/v1/tenants/${tenant.id}/snapshot`, {
      headers: { authorization: `Bearer ${stage.apiKey}` },
      signal: stop.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    stop.abort();
    const whole = await stage.admin.get(`/tenants/${tenant.id}/snapshot`);

    expect(whole.text.trim().split("\n").at(-1)).toBe('{"kind":"end","lines":5001}');
  });
});
