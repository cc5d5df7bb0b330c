import { profileOf } from "@muster/connectors";
import { beginComparison, putAssignments } from "@muster/provisioning";
import { userUrn } from "@muster/scim";
import { describeWhere } from "@muster/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "../lanes/lane-lab.ts";
import { expectAll } from "./expect-all.ts";
import { foreignKinds } from "./foreign-servers.ts";
import { found, reorganise, returnLeavers } from "./organisation.ts";
import { readServer } from "./read-server.ts";
import { type ForeignServer, startServer } from "./start-server.ts";

async function makeByHand({ baseUrl, token }: ForeignServer, userName: string): Promise<void> {
  const answer = await fetch(`${baseUrl}/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: JSON.stringify({ schemas: [userUrn], userName, active: true }),
  });
  expect(answer.status).toBe(201);
}

/** Compares by the product's own means: nothing of ours is different, missing or double. */
async function expectSame(lab: LaneLab, people: number): Promise<void> {
  await beginComparison(lab, lab.owner, lab.connectionId, { policy: "report" });
  await lab.drain();
  const { rows } = await lab.db.pool.query(
    "select state, reason, listed, drifted, missing, orphans, duplicates from comparisons",
  );
  expect(rows).toEqual([
    { state: "done", reason: null, listed: people, drifted: 0, missing: 0, orphans: 0, duplicates: 0 },
  ]);
}

for (const { name, profile, otherCapitals, launch, need } of foreignKinds) {
  describeWhere(need, `H13, X11: ${name}, a server that we did not write`, () => {
    let server: ForeignServer;
    let lab: LaneLab;
    beforeEach(async () => {
      server = await startServer(launch);
      const { address, baseUrl, token } = server;
      lab = await openLaneLab({
        other: { profile, address, baseUrl, auth: { scheme: "bearer", token } },
        settings: { ratePerSecond: null, groups: { mode: "assigned" } },
      });
    });
    afterEach(async () => {
      await lab.close();
      await server.close();
    });

    it("ends equal to what 200 people and 20 groups should be, through changes, leavers and returners", async () => {
      const founded = await found(lab);
      await lab.drain();
      await expectAll(lab, server, profileOf(profile), founded);

      const reorganised = await reorganise(lab, founded);
      await lab.drain();
      await expectAll(lab, server, profileOf(profile), reorganised);

      const returned = await returnLeavers(lab, reorganised);
      await lab.drain();
      await expectAll(lab, server, profileOf(profile), returned);
      await expectSame(lab, returned.people.length);
    });

    it("takes over an account that somebody made there, and tells of one that cannot be found", async () => {
      await makeByHand(server, "Dee@acme.example");
      await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
      const { id } = await lab.createUser({ userName: "dee@acme.example" });
      await lab.drain();

      const { rows } = await lab.db.pool.query("select state, reason from accounts");
      const { users } = await readServer(server);
      const refused = { state: "stopped", reason: expect.stringMatching(/taken|conflict|exists/i) };
      expect(rows).toEqual([otherCapitals === "notFound" ? refused : { state: "synced", reason: null }]);
      const ids = { same: [id], notFound: [null], another: [null, id] };
      expect(users.map(({ externalId }) => externalId || null)).toEqual(ids[otherCapitals]);
    });
  });
}
