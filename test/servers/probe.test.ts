import { requestProbe, requireConnection, requireProbe, runProbe } from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { claimProbing, inTenant, type LearnedSettings, type ProbeRecord } from "@muster/store";
import { describeWhere } from "@muster/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LaneLab, openLaneLab } from "../lanes/lane-lab.ts";
import { foreignKinds } from "./foreign-servers.ts";
import { readServer } from "./read-server.ts";
import { type ForeignServer, startServer } from "./start-server.ts";

for (const { name, launch, need } of foreignKinds) {
  describeWhere(need, `H13, X11: ${name} is probed`, () => {
    let server: ForeignServer;
    let lab: LaneLab;
    beforeEach(async () => {
      server = await startServer(launch);
      const { address, baseUrl, token } = server;
      lab = await openLaneLab({
        other: { profile: "generic", address, baseUrl, auth: { scheme: "bearer", token } },
        settings: { ratePerSecond: null, groups: { mode: "assigned" } },
      });
    });
    afterEach(async () => {
      await lab.close();
      await server.close();
    });
    it("x", async () => {
      const { id } = await requestProbe(lab, lab.owner, lab.connectionId, { readOnly: false, members: 10 });
      for (const turn of await claimProbing(lab.db, 5))
        await runProbe(
          { db: lab.db, clock: systemClock, openConnector: lab.openConnector, callMs: 5000 },
          turn,
          new AbortController().signal,
        );
      const [p, c] = await inTenant(
        lab.db,
        lab.owner.tenantId,
        async (tx) =>
          [
            await requireProbe(tx, lab.owner, { connectionId: lab.connectionId, probeId: id }),
            await requireConnection(tx, lab.owner.tenantId, lab.connectionId),
          ] as const,
      );
      console.log(p.state, p.reason);
      for (const s of p.steps)
        console.log(`${s.step} [${s.verdict}] ${s.said}\n     ${s.asked.slice(0, 250)}\n     ${s.came.slice(0, 200)}`);
      console.log(JSON.stringify(c.learnedProfile?.settings), c.memberLimit);
      console.log(await readServer(server));
    });
  });
}
