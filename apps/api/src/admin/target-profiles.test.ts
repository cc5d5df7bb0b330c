import { defaultConnectionSettings } from "@muster/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onboard, target } from "./fixtures/onboard.ts";
import { type AdminWorld, openAdminWorld } from "./fixtures/open-admin-world.ts";

let world: AdminWorld;

beforeAll(async () => {
  world = await openAdminWorld();
});

afterAll(async () => {
  await world.close();
});

const refusal = (kind: string, message: string) =>
  expect.objectContaining({ name: "Refusal", kind, message: expect.stringContaining(message) });

describe("the app that a connection goes to", () => {
  it("SB1, SB12, SB14: begins as its profile says, and refuses what the app cannot do, before and after", async () => {
    const { call, ours } = world;
    const { tenantId, appId, directoryId } = await onboard(world, ours);
    const create = (body: object) =>
      call(ours, "createConnection", { params: { tenantId }, body: { appId, directoryId, target, ...body } });

    const miro = await create({ profile: "miro", settings: { ratePerSecond: 1 } });
    const jumpcloud = await create({ profile: "jumpcloud" });
    const edit = (body: object) => call(ours, "updateConnection", { params: { connectionId: jumpcloud.id }, body });

    expect(miro.settings).toEqual({
      ...defaultConnectionSettings,
      ratePerSecond: 1,
      groups: { ...defaultConnectionSettings.groups, memberChunk: 5_000 },
    });
    expect(jumpcloud.settings.adoption.match).toEqual(["userName"]);
    await expect(create({ profile: "wiki" })).rejects.toEqual(
      refusal("invalid", 'profile: there is no "wiki" of SCIM 2.0; known are generic, 1password'),
    );
    await expect(create({ profile: "jumpcloud", settings: { groups: { mode: "assigned" } } })).rejects.toEqual(
      refusal("invalid", "settings.groups.mode: JumpCloud takes no groups"),
    );
    await expect(edit({ settings: { groups: { mode: "assigned" } } })).rejects.toEqual(
      refusal("invalid", "settings.groups.mode: JumpCloud takes no groups"),
    );
    expect((await edit({ name: "Renamed" })).profile).toBe("jumpcloud");
    await expect(edit({ profile: "sentry" })).rejects.toEqual(
      refusal("invalid", "settings.updateMethod: Sentry does not take PATCH"),
    );
    expect((await edit({ profile: null, settings: { groups: { mode: "assigned" } } })).profile).toBeNull();
  });

  it("H8, SA28: a connection of another kind begins as its app does, and keeps its kind", async () => {
    const { call, ours } = world;
    const { tenantId, appId, directoryId } = await onboard(world, ours);
    const auth = { scheme: "header", name: "x-api-key", value: "jumpcloud+key/of=it" };
    const options = { organizationId: "5f0123456789abcdef012345" };
    const directory = { kind: "jumpcloud", baseUrl: "https://console.jumpcloud.com/api", auth, options };
    const older = { ...target, kind: "scim1" };
    const create = (body: object) =>
      call(ours, "createConnection", { params: { tenantId }, body: { appId, directoryId, ...body } });

    const jumpcloud = await create({ target: directory });
    const scim1 = await create({ target: older, profile: "scim1" });
    const edit = (body: object) => call(ours, "updateConnection", { params: { connectionId: jumpcloud.id }, body });

    expect(jumpcloud).toMatchObject({
      target: { kind: "jumpcloud", auth: { scheme: "header", configured: true } },
      settings: { updateMethod: "put", adoption: { match: ["userName"] }, groups: { memberChunk: 20 } },
    });
    expect(JSON.stringify(jumpcloud)).not.toContain(directory.auth.value);
    expect(scim1).toMatchObject({ target: { kind: "scim1" }, settings: { updateMethod: "patch" } });
    await expect(create({ target: directory, settings: { updateMethod: "patch" } })).rejects.toEqual(
      refusal("invalid", "settings.updateMethod: JumpCloud (directory API) does not take PATCH"),
    );
    await expect(edit({ settings: { groups: { mode: "assigned", memberChunk: 21 } } })).rejects.toEqual(
      refusal("invalid", "settings.groups.memberChunk"),
    );
    await expect(create({ target: older, profile: "jumpcloud" })).rejects.toEqual(
      refusal("invalid", 'profile: there is no "jumpcloud" of SCIM 1.1'),
    );
    const moved = { ...older, baseUrl: directory.baseUrl };
    await expect(edit({ target: moved })).rejects.toEqual(refusal("conflict", "target.kind"));
    const probe = call(ours, "startProbe", { params: { connectionId: jumpcloud.id }, body: {} });
    await expect(probe).rejects.toEqual(refusal("invalid", "cannot be probed"));
  });

  it("SB1: tells what a form needs of every kind of target and every app", async () => {
    const { kinds, profiles } = await world.call(world.ours, "getConnectors", {});

    expect(kinds.map(({ kind }) => kind)).toEqual(["scim", "scim1", "jumpcloud", "webhook", "rest"]);
    expect(profiles.find(({ key }) => key === "jumpcloud")).toMatchObject({
      baseUrl: { preset: "https://api.jumpcloud.com/scim/v2" },
      groups: { push: false },
      settings: { updateMethod: "patch", adoption: { match: ["userName"] } },
    });
  });
});
