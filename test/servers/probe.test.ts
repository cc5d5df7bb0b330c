import { profileOf } from "@muster/connectors";
import { userUrn } from "@muster/scim";
import type { LearnedSettings } from "@muster/store";
import { describeWhere } from "@muster/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "../lanes/lane-lab.ts";
import { findings, probeLane } from "../lanes/probe-lane.ts";
import { expectAll } from "./expect-all.ts";
import { type ForeignKind, foreignKinds } from "./foreign-servers.ts";
import { found, reorganise, returnLeavers } from "./organisation.ts";
import { readServer } from "./read-server.ts";
import { type ForeignServer, startServer } from "./start-server.ts";

/** What each of them does otherwise than RFC 7644, as a probe that knows nothing of it must find out. */
const learnedOf: Record<ForeignKind["name"], { settings: LearnedSettings | undefined; findings: unknown[] }> = {
  "scimmy-routers": {
    // It stumbles over a filter by address as soon as somebody has none.
    settings: { users: { lookups: ["userName", "externalId"] } },
    findings: [
      "filters refused: A filter by email is refused",
      "filters differs: A filter by userName in capitals finds nobody",
    ],
  },
  "scim2-server": { settings: undefined, findings: [] },
  "django-scim2": {
    settings: {
      users: {
        drops: ["displayName", "title", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        keepsTypes: false,
        lookups: ["userName"],
        updateBy: ["put"],
      },
      groups: { lookups: [], memberRemoval: "list", renameBy: "put" },
    },
    findings: [
      expect.stringMatching(/^readBack differs: The user is shown, without displayName, title, .* lost its type$/),
      "filters differs: A filter by externalId finds nobody",
      "filters differs: A filter by email finds nobody",
      "change refused: PATCH of several attributes is refused",
      "groupFilters differs: A filter by externalId does not find the group",
      "groupFilters differs: A filter by displayName does not find the group",
      "removeMember refused: By a filter in the path nobody leaves",
      "renameGroup refused: PATCH renames no group",
    ],
  },
  "elimity-com/scim": {
    settings: { users: { lookups: ["userName", "externalId"] } },
    findings: ["filters differs: A filter by email finds nobody"],
  },
};

for (const { name, launch, need } of foreignKinds) {
  describeWhere(need, `H13, X11: ${name} is probed`, () => {
    let server: ForeignServer;
    let lab: LaneLab;
    beforeEach(async () => {
      server = await startServer(launch);
      const { address, baseUrl, token } = server;
      lab = await openLaneLab({
        other: { profile: "generic", address, baseUrl, auth: { scheme: "bearer", token } },
        settings: { ratePerSecond: 1_000, groups: { mode: "assigned" } },
      });
    });
    afterEach(async () => {
      await lab.close();
      await server.close();
    });

    it("finds what it does otherwise, leaves nothing behind and touches nobody", async () => {
      await fetch(`${server.baseUrl}/Users`, {
        method: "POST",
        headers: { authorization: `Bearer ${server.token}`, "content-type": "application/scim+json" },
        body: JSON.stringify({ schemas: [userUrn], userName: "dee@acme.example", active: true }),
      });
      const before = await readServer(server);

      const { probe, connection } = await probeLane(lab);

      expect({ state: probe.state, reason: probe.reason, findings: findings(probe) }).toEqual({
        state: "done",
        reason: null,
        findings: learnedOf[name]?.findings,
      });
      expect(connection.learnedProfile?.settings).toEqual(learnedOf[name]?.settings);
      const named = Object.entries(connection.learnedProfile?.settings ?? {}).flatMap(([part, values]) =>
        Object.keys(values).map((setting) => `${part}.${setting}`),
      );
      expect(connection.learnedProfile?.evidence.map(({ setting }) => setting).toSorted() ?? []).toEqual(
        named.toSorted(),
      );
      expect(await readServer(server)).toEqual(before);
    });
  });
}

const django = foreignKinds.find(({ name }) => name === "django-scim2");
if (django === undefined) throw new Error("django-scim2 is not among the servers");

describeWhere(django.need, "X11: an app that no profile is known for", () => {
  it("is served by what a probe learned of it, without a word of its own in the code", async () => {
    const server = await startServer(django.launch);
    const { address, baseUrl, token } = server;
    const lab = await openLaneLab({
      other: { profile: "generic", address, baseUrl, auth: { scheme: "bearer", token } },
      settings: { ratePerSecond: 1_000, groups: { mode: "assigned" } },
    });

    const { connection } = await probeLane(lab);
    const profile = profileOf("generic", connection.learnedProfile?.settings);
    let organisation = await found(lab);
    await lab.drain();
    await expectAll(lab, server, profile, organisation);
    organisation = await reorganise(lab, organisation);
    await lab.drain();
    await expectAll(lab, server, profile, organisation);
    organisation = await returnLeavers(lab, organisation);
    await lab.drain();
    await expectAll(lab, server, profile, organisation);

    await lab.close();
    await server.close();
  });
});
