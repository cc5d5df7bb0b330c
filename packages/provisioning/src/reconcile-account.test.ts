import { desiredAccount } from "@muster/mapping";
import { expect, test } from "vitest";
import { seededRandom } from "./fixtures/simulation/seeded-random.ts";
import { simulatedApp } from "./fixtures/simulation/simulated-app.ts";
import { POLICY } from "./fixtures/simulation/simulated-people.ts";
import { virtualTime } from "./fixtures/simulation/virtual-time.ts";
import { reconcileAccount } from "./reconcile-account.ts";

test("house trap 6: an account of nobody's is known by the name that the app shows, not by the one last sent", async () => {
  const time = virtualTime();
  const { connector } = simulatedApp(time, seededRandom(1), true);
  const context = { signal: new AbortController().signal, timeoutMs: 1_000 };
  const renamed = connector.createUser({ userName: "Ana.New@example.com", active: false, externalId: "ana" }, context);
  await time.runUntil(2_000);
  const created = await renamed;
  if (created.kind !== "ok") throw new Error("An empty app takes anybody");
  const person = {
    userId: "ana",
    user: { userName: "ana@example.com", externalId: null, active: true, attributes: {} },
    deleted: true,
    groupIds: [],
  };
  const work = {
    account: {
      userId: "ana",
      generation: 2,
      removal: true,
      removalAgeMs: null,
      leftForMs: null,
      traceId: null,
      twinForMs: null,
      linkedForMs: null,
      seated: false,
      waits: false,
      remoteId: created.value.remoteId,
      applied: { userName: "ana@example.com", active: false },
      verify: true,
      lookups: 0,
      attempts: 0,
    },
    desired: desiredAccount(person, POLICY, { nowMs: 0, applied: null }),
    externalId: null,
    policy: {
      onLeave: "deactivate",
      deleteAfterDays: null,
      may: { create: true, update: true, deactivate: true, delete: true },
      adoption: { match: ["externalId", "userName"], foreign: "link" },
    } as const,
    decision: null,
    removalHeld: false,
    holder: null,
  };
  const deps = {
    connector,
    takeOver: async () => false,
    noteTwins: async () => undefined,
    linkedToOthers: async () => new Set<string>(),
    assertLease() {},
    crash() {},
    random: () => 0,
    now: () => new Date(0),
    nowMs: () => time.nowMs(),
  };
  const result = reconcileAccount(deps, work, context);
  await time.runUntil(4_000);

  expect((await result).outcome).toMatchObject({ settled: true, remoteUserNameKey: "ana.new@example.com" });
});
