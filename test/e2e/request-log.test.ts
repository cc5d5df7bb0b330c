import { uuidV7 } from "@muster/runtime";
import { waitFor } from "@muster/testkit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Body, ENTERPRISE, GROUP, PATCH_OP, USER } from "./clients.ts";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

let stage: Stage;
let a: Tenant;
let b: Tenant;

beforeAll(async () => {
  stage = await openStage();
  a = await stage.newTenant({ provider: "entra" });
  b = await stage.newTenant();
});
afterAll(async () => {
  await stage.close();
});

type Logged = Body & { path: string; status: number; client: string; notes: { seen: string; taken: string }[] };

const logOf = (tenant: Tenant): string => `/tenants/${tenant.id}/directories/${tenant.directoryId}/requests`;

async function list(tenant: Tenant, query = ""): Promise<Logged[]> {
  const answer = await stage.admin.get(`${logOf(tenant)}?pageSize=200&${query}`);
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  return answer.body.items as Logged[];
}

/** The record of the request that carried this trace, with its body. */
async function recordOf(tenant: Tenant, traceId: string): Promise<Logged> {
  const found = await waitFor(async () => (await list(tenant)).find((one) => one.traceId === traceId), {
    timeoutMs: 10_000,
    what: "the record",
  });
  return (await stage.admin.get(`${logOf(tenant)}/${found.id}`)).body as Logged;
}

/** Sends a request under a trace of its own and answers it with its record. */
async function sent(
  tenant: Tenant,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ answer: Body; status: number; record: Logged }> {
  const traceId = uuidV7().replaceAll("-", "");
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const answer = await tenant.scim.send(method, path, body, { headers: { traceparent, ...headers } });
  return { answer: answer.body, status: answer.status, record: await recordOf(tenant, traceId) };
}

const patch = (...Operations: unknown[]) => ({ schemas: [PATCH_OP], Operations });

async function setLog(tenant: Tenant, columns: { days?: number; bodies?: boolean }): Promise<void> {
  await stage.ledger.query(
    `update directories set request_log_days = coalesce($2, request_log_days),
      request_log_bodies = coalesce($3, request_log_bodies) where id = $1`,
    [tenant.directoryId, columns.days, columns.bodies],
  );
  // As whoever changes settings does: what processes know of tokens and their directories is read anew.
  await stage.ledger.query("update credential_epoch set epoch = epoch + 1");
}

const countOf = async (tenant: Tenant): Promise<number> => {
  const rows = await stage.ledger.query<{ count: number }>(
    "select count(*)::int as count from requests where directory_id = $1",
    [tenant.directoryId],
  );
  return rows[0]?.count ?? -1;
};

describe("K1: every request to a directory leaves a record", () => {
  it("with what was asked, how it was answered, by whom and for whom", async () => {
    const { answer, record } = await sent(a, "POST", "/Users", { schemas: [USER], userName: `k1-${uuidV7()}` });

    expect(record).toMatchObject({
      method: "POST",
      path: "/Users",
      status: 201,
      actor: expect.stringMatching(/^token:[0-9A-Za-z]{12}$/),
      resourceId: answer.id,
      scimType: null,
      detail: null,
      notes: [],
      body: { schemas: [USER], userName: "text(39)" },
    });
    expect(record.durationMs).toBeGreaterThan(0);
    expect(a.bearerToken).toContain(String(record.actor).slice("token:".length));
  });

  it("an error with its scimType, and with what it quotes masked", async () => {
    const userName = `k1-${uuidV7()}`;
    await a.scim.createUser({ userName });

    const twice = await sent(a, "POST", "/Users", { schemas: [USER], userName });
    const lost = await sent(a, "GET", "/Users/ada@example.com");
    const filter = await sent(a, "GET", "/Users?filter=userName%20eq");
    const broken = await sent(a, "POST", "/Users", '{"userName": "ada');
    const again = await sent(a, "POST", "/Users", '{"ada@example.com": 1, "ada@example.com": 2}');
    const elsewhere = await sent(a, "GET", "/Accounts/ada");

    expect(twice.record).toMatchObject({
      status: 409,
      scimType: "uniqueness",
      detail: 'userName "text(39)" belongs to another user: filter by it and update that user',
    });
    expect(lost.record).toMatchObject({ status: 404, path: "/Users/email(15)", resourceId: null });
    expect(filter.record).toMatchObject({ status: 400, scimType: "invalidFilter", path: "/Users?filter=userName eq" });
    expect(broken.record).toMatchObject({ status: 400, scimType: "invalidSyntax", body: "not read (17 bytes)" });
    expect(again.record).toMatchObject({ status: 400, detail: '"email(15)" comes twice in one object; send it once' });
    expect(elsewhere.record).toMatchObject({ status: 404, path: "/text(8)/text(3)" });
  });

  it("under a trace of its own where the caller names none, by which it is found and which what it causes carries", async () => {
    const { id } = await a.scim.createUser({ userName: `k1-${uuidV7()}` });
    const record = await waitFor(async () => (await list(a, `resourceId=${id}`)).find((one) => one.method === "POST"), {
      timeoutMs: 10_000,
      what: "the record",
    });
    const traceId = String(record.traceId);
    const audit = (await stage.admin.get(`/tenants/${a.id}/audit?pageSize=200`)).body.items as Body[];

    expect(traceId).toBe(String(record.id).replaceAll("-", ""));
    expect(await list(a, `traceId=${traceId}`)).toEqual([record]);
    expect(audit.find((entry) => entry.target === id)).toMatchObject({ action: "user.create", traceId });
    const kept = await stage.ledger.query("select trace_id from requests where id = $1", [record.id]);
    expect(kept).toEqual([{ trace_id: null }]);
  });

  it("V17: a request without this directory's token leaves none, in nobody's log", async () => {
    const before = [await countOf(a), await countOf(b)];
    for (const token of [null, "x", b.bearerToken])
      expect((await a.scim.send("GET", "/Users", undefined, { token })).status).toBe(401);
    await sent(b, "GET", "/Users");

    const refused = (await list(a, "status=4xx")).filter((record) => record.status === 401);
    expect(refused).toEqual([]);
    expect([await countOf(a), await countOf(b)]).toEqual([before[0], (before[1] ?? 0) + 1]);
    const metrics = await (await fetch(`${stage.localUrl}/metrics`)).text();
    expect(metrics).toMatch(/muster_requests_unrecorded_total\{reason="unauthenticated"\} [3-9]/);
  });
});

describe("X6: the dialect ledger", () => {
  it('notes Entra\'s "False" and its capital verbs', async () => {
    const user = await a.scim.createUser({ userName: `x6-${uuidV7()}` });

    const { record } = await sent(
      a,
      "PATCH",
      `/Users/${user.id}`,
      patch({ op: "Replace", path: "active", value: "False" }),
    );

    expect(record.client).toBe("entra");
    expect(record.resourceId).toBe(user.id);
    expect(record.notes).toEqual(
      expect.arrayContaining([
        { seen: 'op "Replace"', taken: "replace" },
        { seen: "active as a string", taken: "active: false" },
      ]),
    );
    expect(record.body).toEqual(patch({ op: "Replace", path: "active", value: "False" }));
  });

  it("notes a remove with a list of values", async () => {
    const user = await a.scim.createUser({ userName: `x6-${uuidV7()}` });
    const group = await a.scim.createGroup({ displayName: `x6-${uuidV7()}`, members: [{ value: user.id }] });
    const body = patch({ op: "remove", path: "members", value: [{ value: user.id }] });

    const { record } = await sent(a, "PATCH", `/Groups/${group.id}`, body);

    expect(record.notes).toContainEqual({ seen: "remove members with a value", taken: "only the members listed" });
    expect(record.body).toEqual(body);
  });

  it("remembers which client a token is used by, for requests that do not show it", async () => {
    const { record } = await sent(a, "GET", "/ServiceProviderConfig");

    expect(record.client).toBe("entra");
  });

  it("sums up who spoke to a directory and how", async () => {
    const headers = { "User-Agent": "Okta SCIM Client 1.0.0" };
    await sent(b, "POST", "/Users", { schemas: [USER], userName: `x6-${uuidV7()}`, active: "true" }, headers);
    await sent(b, "POST", "/Users", { schemas: [USER], userName: `x6-${uuidV7()}`, active: "true" }, headers);
    await sent(b, "GET", `/Users/${uuidV7()}`, undefined, headers);

    const { body } = await stage.admin.get(`/tenants/${b.id}/directories/${b.directoryId}/dialects?days=1`);

    expect(body).toMatchObject({ isComplete: true });
    expect(body.dialects).toContainEqual(
      expect.objectContaining({
        client: "okta",
        requests: 3,
        errors: 1,
        notes: [{ seen: "active as a string", taken: "active: true", count: 2 }],
      }),
    );
  });
});

describe("K5, V23: what is a person's never gets into the log", () => {
  it("whatever part of a request holds it", async () => {
    const canary = (name: string): string => `canary-${name}-${uuidV7().slice(-8)}`;
    const canaries: string[] = [];
    const fresh = (name: string): string => {
      const made = canary(name);
      canaries.push(made);
      return made;
    };
    const user = {
      schemas: [USER, ENTERPRISE],
      userName: fresh("userName"),
      externalId: fresh("externalId"),
      password: fresh("password"),
      name: { givenName: fresh("given"), formatted: fresh("formatted") },
      emails: [{ value: `${fresh("email")}@example.com`, type: fresh("type"), display: fresh("display") }],
      [ENTERPRISE]: { department: fresh("department"), unknown: { deep: [fresh("deep")] } },
      unknown: fresh("unknown"),
    };
    const query = (text: string): string => encodeURIComponent(text);
    const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      a.scim.send(method, path, body, { headers });

    await send("POST", "/Users", user);
    await send("POST", "/Users", user);
    const made = await a.scim.createUser({ userName: uuidV7() });
    await send("GET", `/Users?filter=${query(`userName eq "${fresh("filter")}"`)}&x=${fresh("parameter")}`);
    await send("GET", `/Users?filter=${query(`userName eq ${fresh("bare")} and`)}`);
    await send("GET", `/Users?filter=${query(`"${fresh("broken")}`)}&attributes=${fresh("attributes")}`);
    await send("GET", `/Users/${fresh("id")}?startIndex=${fresh("startIndex")}`);
    await send("GET", `/${fresh("endpoint")}`);
    await send("GET", "/Users", undefined, { "User-Agent": `someone@example.com ${fresh("agent")}` });
    await send(
      "PATCH",
      `/Users/${made.id}`,
      patch(
        { op: "replace", path: `emails[value eq "${fresh("path")}"].display`, value: fresh("value") },
        { op: "add", value: { [`emails[type eq "${fresh("key")}"].value`]: fresh("keyed") } },
      ),
    );
    await send("PATCH", `/Users/${made.id}`, patch({ op: fresh("op"), path: "title", value: fresh("title") }));
    await send("PATCH", `/Users/${made.id}`, patch({ op: "replace", path: "password", value: fresh("secret") }));
    await send("POST", "/Groups", {
      schemas: [GROUP],
      displayName: fresh("group"),
      members: [{ value: fresh("m") }],
    });
    await send("POST", "/Users", `{"userName": "${fresh("malformed")}`);
    // Records are written in the order of their answers.
    await sent(a, "GET", "/Users?count=1");

    const log = await stage.ledger.query<{ text: string }>("select r::text as text from requests r");
    const texts = log.map((row) => row.text);
    expect(texts.length).toBeGreaterThan(15);
    expect(findLeaks(texts, canaries)).toEqual([]);
    expect(findLeaks(texts, stage.ear.secrets())).toEqual([]);
  });
});

describe("V05: a log is its tenant's alone", () => {
  it("another tenant's directory, or another's request in one's own, is not there", async () => {
    const { record } = await sent(a, "GET", "/Users");

    const ofB = await list(b);
    const throughB = await stage.admin.get(`${logOf(b)}/${record.id}`);
    const mixed = await stage.admin.get(`/tenants/${b.id}/directories/${a.directoryId}/requests`);
    const dialects = await stage.admin.get(`/tenants/${b.id}/directories/${a.directoryId}/dialects`);

    expect(ofB.filter((one) => one.id === record.id)).toEqual([]);
    expect([throughB.status, mixed.status, dialects.status]).toEqual([404, 404, 404]);
    const rows = await stage.ledger.query("select 1 from requests where (directory_id = $1) <> (tenant_id = $2)", [
      a.directoryId,
      a.id,
    ]);
    expect(rows).toEqual([]);
  });
});

describe("the list", () => {
  it("is narrowed by status, method, client, resource, time and notes", async () => {
    const made = await sent(b, "POST", "/Users", { schemas: [USER], userName: uuidV7(), active: "TRUE" });
    const gone = await sent(b, "DELETE", `/Users/${made.answer.id}`);
    const lost = await sent(b, "DELETE", `/Users/${made.answer.id}`);
    const ids = async (query: string) => (await list(b, query)).map(({ id }) => id);
    const { id: of } = made.answer;
    const [one, two, three] = [made.record.id, gone.record.id, lost.record.id];

    expect(await ids(`resourceId=${of}`)).toEqual([three, two, one]);
    expect(await ids(`resourceId=${of}&status=4xx`)).toEqual([three]);
    expect(await ids(`resourceId=${of}&status=204`)).toEqual([two]);
    expect(await ids(`resourceId=${of}&method=POST`)).toEqual([one]);
    expect(await ids(`resourceId=${of}&hasNotes=true`)).toEqual([one]);
    expect(await ids(`resourceId=${of}&hasNotes=false`)).toEqual([three, two]);
    expect(await ids(`resourceId=${of}&client=nobody`)).toEqual([]);
    expect(await ids(`resourceId=${of}&client=${encodeURIComponent(made.record.client)}`)).toContain(one);
    expect(await ids(`resourceId=${of}&since=${gone.record.at}`)).toEqual([three, two]);
    expect(await ids(`resourceId=${of}&until=${gone.record.at}`)).toEqual([one]);
  });

  it.each(["status=5x", "status=600", "method=get", "since=yesterday", "hasNotes=yes", "resourceId=1", "directory=1"])(
    "V25: refuses %s by name",
    async (query) => {
      const answer = await stage.admin.get(`${logOf(a)}?${query}`);

      expect(answer.status).toBe(400);
      expect(answer.text).toContain(query.split("=")[0]);
    },
  );
});

describe("V30: what a directory switched off is not kept", () => {
  it("no record with 0 days, no body without bodies, whatever is sent", async () => {
    const tenant = await stage.newTenant();
    await setLog(tenant, { bodies: false });
    const withoutBody = await waitFor(
      async () => {
        const { record } = await sent(tenant, "POST", "/Users", { schemas: [USER], userName: uuidV7() });
        return record.body === null ? record : undefined;
      },
      { timeoutMs: 10_000, what: "the setting to be known" },
    );
    expect(withoutBody).toMatchObject({ status: 201, body: null });

    await setLog(tenant, { days: 0 });
    await waitFor(
      async () => {
        const before = await countOf(tenant);
        await tenant.scim.get("/Users");
        await sent(b, "GET", "/Users");
        return (await countOf(tenant)) === before;
      },
      { timeoutMs: 20_000, what: "the setting to be known" },
    );
    const before = await countOf(tenant);
    for (let turn = 0; turn < 5; turn += 1) await tenant.scim.createUser({ userName: uuidV7() });
    await tenant.scim.post("/Users", "{");
    await sent(b, "GET", "/Users");

    expect(await countOf(tenant)).toBe(before);
  });
});

describe("the log never stands in a request's way", () => {
  it("with its table locked, requests are answered all the same, and their records follow", async () => {
    const locked = new pg.Client({ connectionString: stage.databaseUrl });
    await locked.connect();
    await locked.query("begin; lock table requests in access exclusive mode");
    const before = await waitFor(() => b.scim.get("/Users?count=1"), { timeoutMs: 5_000, what: "an answer" });
    const trace = uuidV7().replaceAll("-", "");

    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
        return (await b.scim.send("POST", "/Users", { schemas: [USER], userName: uuidV7() }, { headers })).status;
      }),
    );
    const { rows } = await locked.query<{ count: number }>(
      "select count(*)::int as count from requests where trace_id = $1",
      [trace],
    );
    await locked.query("commit");
    await locked.end();

    expect(before.status).toBe(200);
    expect(new Set(statuses)).toEqual(new Set([201]));
    expect(rows[0]?.count).toBe(0);
    await waitFor(async () => (await list(b)).filter((one) => one.traceId === trace).length === 40, {
      timeoutMs: 15_000,
      what: "the records",
    });
  });
});
