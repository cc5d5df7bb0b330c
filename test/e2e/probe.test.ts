import { waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let stage: Stage;
let workshop: Workshop;

beforeAll(async () => {
  stage = await openStage();
  workshop = await openWorkshop(stage);
});
afterAll(() => stage.close());

it("H13, X11: a probe is asked for, done by a worker and read back, and a connection shows and forgets what was learned", async () => {
  const tenant = await stage.newTenant();
  const app = await workshop.startApp();
  const { connectionId } = await workshop.connect(tenant, { app, settings: { ratePerSecond: 1_000 } });
  const path = `/connections/${connectionId}`;

  const asked = await stage.admin.post(`${path}/probes`, {});
  const probe = await waitFor(
    async () => {
      const { body } = await stage.admin.get(`${path}/probes/${asked.body.id}`);
      return body["finishedAt"] === null ? undefined : body;
    },
    { timeoutMs: 30_000, what: "the probe" },
  );
  const listed = await stage.admin.get(`${path}/probes`);
  const set = await stage.admin.send(
    "PATCH",
    path,
    JSON.stringify({ learnedProfile: { users: { updateBy: ["put"] } } }),
  );
  const forgotten = await stage.admin.send("PATCH", path, JSON.stringify({ learnedProfile: null }));
  const wrong = await stage.admin.send(
    "PATCH",
    path,
    JSON.stringify({ learnedProfile: { users: { updateBy: ["post"] } } }),
  );

  expect([asked.status, asked.body["state"], probe["state"], probe["reason"]]).toEqual([202, "waiting", "done", null]);
  expect(probe["steps"]).toContainEqual(
    expect.objectContaining({ step: "deactivate", verdict: "works", said: "A user can be made inactive" }),
  );
  expect(listed.body.items).toEqual([probe]);
  expect(app.users()).toEqual([]);
  expect(set.body["learned"]).toMatchObject({
    profile: {
      settings: { users: { updateBy: ["put"] } },
      evidence: [{ setting: "users.updateBy", step: "hand" }],
      probeId: null,
    },
  });
  expect(forgotten.body["learned"]).toMatchObject({ profile: null });
  expect(wrong.status).toBe(400);
});
