import type { Connector, RawRequest } from "@muster/connectors";
import { type ConnectionEdit, editConnection, requestProbe } from "@muster/provisioning";
import { beginProbe, type ConnectionRecord, inTenant, type LearnedSettings, updateConnection } from "@muster/store";
import { afterEach, describe, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";
import { findings, probeLane, readProbe, workOnProbes } from "./probe-lane.ts";
import { type Quirks, quirksOf } from "./quirky-app/quirks.ts";
import { authOf, type QuirkyApp, startQuirkyApp } from "./quirky-app/start-quirky-app.ts";

let app: QuirkyApp;
let lab: LaneLab;

/** Opens a lane to an app that is known by its address alone. */
async function open(quirks: Quirks | undefined, profile = "generic"): Promise<void> {
  if (quirks === undefined) throw new Error("There is no such app");
  app = await startQuirkyApp(quirks);
  lab = await openLaneLab({
    other: { profile, ...app, auth: authOf(quirks) },
    settings: { ratePerSecond: 1_000, groups: { mode: "assigned" } },
  });
}

afterEach(async () => {
  await lab.close();
  await app.close();
});

/** What is in the app: nothing, once a probe is over. */
const inApp = () => [...app.users.values(), ...app.groups.all.values()].length;
const ledger = async () => (await lab.db.pool.query("select kind, name, remote_id from probe_objects")).rows;

/** A connector whose requests pass through `meet`, which may answer in the app's place or end the worker. */
function meeting(
  meet: (request: RawRequest, number: number) => Awaited<ReturnType<NonNullable<Connector["ask"]>>> | undefined,
) {
  let number = 0;
  return async (tenantId: string, connectionId: string): Promise<Connector> => {
    const connector = await lab.openConnector(tenantId, connectionId);
    const { ask } = connector;
    if (ask === undefined) throw new Error("The app cannot be probed");
    return {
      ...connector,
      ask: async (request, context) => {
        number += 1;
        return meet(request, number) ?? (await ask(request, context));
      },
    };
  };
}

const learned: [string, Quirks | undefined, LearnedSettings | undefined, number | null][] = [
  ["an app that does what RFC 7644 says", quirksOf["generic"], undefined, null],
  ["one without PATCH of users and groups by filter", quirksOf["django-scim2"], { users: { updateBy: ["put"] } }, null],
  [
    "one that shows no members",
    quirksOf["aws-iam-identity-center"],
    { groups: { showsMembers: false }, paging: { style: "cursor" } },
    null,
  ],
  ["one that takes members as an object", quirksOf["salesforce"], { groups: { memberForm: "object" } }, null],
  ["one that deletes nobody", quirksOf["canva"], { users: { delete: "impossible" } }, null],
  ["one whose deletion deactivates", quirksOf["salesforce"], { users: { delete: "inactive" } }, null],
  [
    "one that removes whom it deactivates",
    quirksOf["posthog"],
    { users: { deactivate: "removed" }, paging: { style: "none" } },
    null,
  ],
  ["one that renames no group", quirksOf["atlassian"], { groups: { rename: false } }, null],
  ["one that makes no groups", quirksOf["miro"], { groups: { push: false } }, null],
  ["one that is searched by userName only", quirksOf["sentry"], { users: { lookups: ["userName"] } }, null],
];

describe("H13, X11: a probe of an app that nothing is known about", () => {
  it.each(learned)("%s: is found out, and nothing is left", async (_title, quirks, settings, memberLimit) => {
    await open(quirks);

    const { probe, connection } = await probeLane(lab);

    expect([probe.state, probe.reason]).toEqual(["done", null]);
    if (settings === undefined) expect(connection.learnedProfile).toBeNull();
    else expect(connection.learnedProfile?.settings).toMatchObject(settings);
    expect(connection.memberLimit).toBe(memberLimit);
    expect(await ledger()).toEqual([]);
    const inactive = [...app.users.values()].filter(({ active }) => active === false).length;
    expect(inApp()).toBe(inactive);
  });

  it("F25, SB: finds the most members that a request may have in small steps, with test users only", async () => {
    await open({ ...quirksOf["generic"], mostMembers: 5, tooMany: 413 } as Quirks);

    const { connection } = await probeLane(lab, { members: 40 });

    // 1, 4 and then 16 are tried: what was taken last counts.
    expect(connection.memberLimit).toBe(4);
    expect(inApp()).toBe(0);
  });

  it("makes nothing and learns nothing when it is read-only", async () => {
    await open(quirksOf["django-scim2"]);
    await editConnection(lab, lab.owner, lab.connectionId, { learnedProfile: { users: { keepsTypes: false } } });
    const asked: string[] = [];
    const openConnector = meeting((request) => {
      asked.push(request.method);
      return undefined;
    });

    const { probe, connection } = await probeLane(lab, { readOnly: true, openConnector });

    expect(probe.state).toBe("done");
    expect(new Set(asked)).toEqual(new Set(["GET"]));
    expect(findings(probe)).toContain("filters refused: A filter by externalId is refused");
    expect(connection.learnedProfile?.settings).toEqual({ users: { keepsTypes: false } });
  });

  it.each([
    [401, /refuses the credential \(401 on GET \/Users\): give the connection a new one/],
    [403, /may not do this \(403 on GET \/Users\): let it read and manage users/],
  ])("stops at a %i with what mends it, and takes away what it made", async (status, reason) => {
    await open(quirksOf["generic"]);
    const kind = status === 401 ? ("connection" as const) : ("refused" as const);
    const openConnector = meeting(({ method, path, query }) =>
      method === "GET" && path === "/Users" && query?.startsWith("filter=userName") === true
        ? { status, body: null, failure: { kind, detail: `answered ${status}`, retryAfterMs: null } }
        : undefined,
    );

    const { probe, connection } = await probeLane(lab, { openConnector });

    expect([probe.state, probe.reason]).toEqual(["failed", expect.stringMatching(reason)]);
    expect(connection.learnedProfile).toBeNull();
    expect([inApp(), await ledger()]).toEqual([0, []]);
  });

  it("waits as long as a 429 says, and no longer than a turn", async () => {
    await open(quirksOf["generic"]);
    const throttled = (retryAfterMs: number) =>
      ({ status: 429, body: null, failure: { kind: "throttled", detail: "slower", retryAfterMs } }) as const;

    const once = await probeLane(lab, {
      openConnector: meeting((_, number) => (number === 3 ? throttled(1) : undefined)),
    });
    const long = await probeLane(lab, {
      openConnector: meeting((_, number) => (number === 3 ? throttled(90_000) : undefined)),
    });

    expect(once.probe.state).toBe("done");
    expect([long.probe.state, long.probe.reason]).toEqual([
      "failed",
      "The app asks to wait 90 s: probe again after that",
    ]);
  });
});

describe("H13: a probe whose worker dies", () => {
  /** Ends the worker at this request: what was written down is all that is left. */
  const dyingAt = (isLast: (request: RawRequest) => boolean, reaches: boolean) => {
    let isDead = false;
    return async (tenantId: string, connectionId: string): Promise<Connector> => {
      const connector = await lab.openConnector(tenantId, connectionId);
      return {
        ...connector,
        ask: async (request, context) => {
          if (isDead) throw new Error("the worker is dead");
          isDead = isLast(request);
          const answer = isDead && !reaches ? undefined : await connector.ask?.(request, context);
          if (isDead || answer === undefined) throw new Error("the worker dies");
          return answer;
        },
      };
    };
  };
  const overdue = () => lab.db.pool.query("update lanes set probe_at = now() where probe_at is not null");

  it.each([
    ["between the request that makes a user and its answer", ({ method }: RawRequest) => method === "POST", 1],
    [
      "with users and a group made",
      ({ method, path }: RawRequest) => method === "PATCH" && path.startsWith("/Groups"),
      11,
    ],
  ])("%s: the next worker takes away what it made, and goes on", async (_when, isLast, left) => {
    await open(quirksOf["generic"]);
    app.addUser("dee");
    const { id } = await requestProbe(lab, lab.owner, lab.connectionId, { readOnly: false, members: 10 });
    await expect(workOnProbes(lab, dyingAt(isLast, true))).rejects.toThrow("the worker dies");
    const [leftThen, writtenThen] = [inApp() - 1, (await ledger()).length];

    await overdue();
    await workOnProbes(lab);
    const { probe } = await readProbe(lab, id);

    expect([leftThen, writtenThen]).toEqual([left, left]);
    expect([probe.state, probe.tries]).toEqual(["done", 2]);
    expect(probe.steps[0]).toMatchObject({
      step: "leftovers",
      verdict: "works",
      said: "Everything that was made is gone",
    });
    expect(await ledger()).toEqual([]);
    expect([...app.users.keys()]).toEqual(["by-hand-dee"]);
  });

  it("takes away nothing that has an id of its own by now: another app is at the address, or ids are given again", async () => {
    await open(quirksOf["generic"]);
    app.addUser("dee");
    await requestProbe(lab, lab.owner, lab.connectionId, { readOnly: false, members: 1 });
    await expect(
      workOnProbes(
        lab,
        dyingAt(({ method, path }) => method === "GET" && path.startsWith("/Users/"), true),
      ),
    ).rejects.toThrow("the worker dies");
    await lab.db.pool.query("update probe_objects set remote_id = 'by-hand-dee'");

    await overdue();
    await workOnProbes(lab);

    expect([...app.users.keys()]).toEqual(["by-hand-dee"]);
    expect(await ledger()).toEqual([]);
  });

  it("leaves the turn to whoever took it up, when it ends after all", async () => {
    await open(quirksOf["generic"]);
    await requestProbe(lab, lab.owner, lab.connectionId, { readOnly: false, members: 1 });
    const { tenantId } = lab.owner;
    const overtaken = async (): Promise<Connector> => {
      await inTenant(lab.db, tenantId, (tx) => beginProbe(tx, tenantId, lab.connectionId));
      return await lab.openConnector(tenantId, lab.connectionId);
    };

    await workOnProbes(lab, overtaken);

    const due = await lab.db.pool.query("select 1 from lanes where probe_at <= now()");
    expect(due.rows).toEqual([]);
    expect([inApp(), await ledger()]).toEqual([0, []]);
  });

  it("is given up when nobody survives it, and the next probe takes away what is left", async () => {
    await open(quirksOf["generic"]);
    const { id } = await requestProbe(lab, lab.owner, lab.connectionId, { readOnly: false, members: 1 });
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(
        workOnProbes(
          lab,
          dyingAt(({ method }) => method === "POST", true),
        ),
      ).rejects.toThrow();
      await overdue();
    }
    await workOnProbes(lab);
    const given = await readProbe(lab, id);
    const next = await probeLane(lab);

    expect([given.probe.state, given.probe.reason]).toEqual(["failed", expect.stringContaining("3 workers ended")]);
    expect(next.probe.state).toBe("done");
    expect([inApp(), await ledger()]).toEqual([0, []]);
  });
});

describe("X11: what was learned", () => {
  it("goes over the profile, with its evidence; a person's word stands until the next probe takes its place", async () => {
    await open(quirksOf["canva"]);

    const first = await probeLane(lab);
    await editConnection(lab, lab.owner, lab.connectionId, { learnedProfile: { users: { updateBy: ["put"] } } });
    const byHand = await readProbe(lab, first.probe.id);
    const second = await probeLane(lab);
    await editConnection(lab, lab.owner, lab.connectionId, { learnedProfile: null });
    const forgotten = await readProbe(lab, first.probe.id);

    expect(first.connection.learnedProfile).toMatchObject({
      settings: { users: { delete: "impossible" } },
      evidence: [{ setting: "users.delete", step: "cleanUp", said: expect.stringContaining("cannot be deleted here") }],
      probeId: first.probe.id,
    });
    expect(byHand.connection.learnedProfile).toMatchObject({
      settings: { users: { updateBy: ["put"] } },
      evidence: [{ setting: "users.updateBy", step: "hand", said: "Set by test" }],
      probeId: null,
    });
    expect(second.connection.learnedProfile?.settings).toEqual(first.connection.learnedProfile?.settings);
    expect(second.connection.learnedProfile?.probeId).toBe(second.probe.id);
    expect(forgotten.connection.learnedProfile).toBeNull();
    const audited = await lab.db.pool.query("select actor, target from audit where action = 'connection.probe'");
    expect(audited.rows).toEqual([1, 2].map(() => ({ actor: "test", target: lab.connectionId })));
  });

  it("X11: a probe that finds what is known already makes no account be looked at again", async () => {
    await open(quirksOf["canva"]);
    const expansions = async () =>
      (await lab.db.pool.query("select cause from expansions where cause like 'connection.probe%'")).rowCount;

    const first = await probeLane(lab);
    const afterNews = await expansions();
    const second = await probeLane(lab);
    const afterSame = await expansions();
    await editConnection(lab, lab.owner, lab.connectionId, { learnedProfile: null });
    await probeLane(lab);

    expect(second.connection.learnedProfile?.probeId).not.toBe(first.connection.learnedProfile?.probeId);
    expect([afterNews, afterSame, await expansions()]).toEqual([1, 1, 2]);
  });

  it("H13: another address is another app: what was learned of the first is forgotten, and a new credential forgets nothing", async () => {
    await open(quirksOf["canva"]);
    const auth = { scheme: "bearer", token: "quirky-key" } as const;
    const retarget = (baseUrl: string, more: Partial<ConnectionEdit> = {}) =>
      editConnection(lab, lab.owner, lab.connectionId, { target: { kind: "scim", baseUrl, auth }, ...more });
    await probeLane(lab);
    await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      updateConnection(tx, lab.owner.tenantId, lab.connectionId, { memberLimit: 5, learnedRate: 2 }),
    );

    const sameAddress = await retarget(app.baseUrl);
    const elsewhere = await retarget(`${app.baseUrl}/v2`);
    const told = await retarget(app.baseUrl, { learnedProfile: { users: { updateBy: ["put"] } } });

    const learnedOf = ({ learnedProfile, memberLimit, learnedRate }: ConnectionRecord) => [
      learnedProfile?.settings ?? null,
      memberLimit,
      learnedRate,
    ];
    expect(learnedOf(sameAddress)).toEqual([expect.objectContaining({ users: { delete: "impossible" } }), 5, 2]);
    expect(learnedOf(elsewhere)).toEqual([null, null, null]);
    expect(learnedOf(told)).toEqual([{ users: { updateBy: ["put"] } }, null, null]);
  });

  it("V23: no step shows the credential, or an entry that is not the probe's", async () => {
    await open(quirksOf["generic"]);
    for (let count = 0; count < 3; count += 1) app.addUser(`secret-person-${count}`);

    const { probe } = await probeLane(lab);

    expect(JSON.stringify(probe.steps)).not.toMatch(/quirky-key|secret-person/);
  });
});
