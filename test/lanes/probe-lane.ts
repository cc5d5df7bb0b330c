import { requestProbe, requireConnection, requireProbe, runProbe } from "@muster/provisioning";
import { systemClock } from "@muster/runtime";
import { type ConnectionRecord, claimProbing, inTenant, type ProbeRecord } from "@muster/store";
import type { LaneLab } from "./lane-lab.ts";

/** What a probe came to, and the connection after it. */
export type Probed = { probe: ProbeRecord; connection: ConnectionRecord };

/** Asks for a probe of the lab's app and does it, as a worker would. */
export async function probeLane(
  lab: LaneLab,
  options: { readOnly?: boolean; members?: number; openConnector?: LaneLab["openConnector"] } = {},
): Promise<Probed> {
  const { readOnly = false, members = 10, openConnector = lab.openConnector } = options;
  const { id: probeId } = await requestProbe(lab, lab.owner, lab.connectionId, { readOnly, members });
  await workOnProbes(lab, openConnector);
  return await readProbe(lab, probeId);
}

/** One round of a worker. */
export async function workOnProbes(lab: LaneLab, openConnector = lab.openConnector): Promise<void> {
  const deps = { db: lab.db, clock: systemClock, openConnector, callMs: 5_000 };
  for (const turn of await claimProbing(lab.db, 10)) await runProbe(deps, turn, new AbortController().signal);
}

export async function readProbe(lab: LaneLab, probeId: string): Promise<Probed> {
  const { tenantId } = lab.owner;
  return await inTenant(lab.db, tenantId, async (tx) => ({
    probe: await requireProbe(tx, lab.owner, { connectionId: lab.connectionId, probeId }),
    connection: await requireConnection(tx, tenantId, lab.connectionId),
  }));
}

/** The steps that did not simply work, in words. */
export const findings = ({ steps }: ProbeRecord): string[] =>
  steps.filter(({ verdict }) => verdict !== "works").map(({ step, verdict, said }) => `${step} ${verdict}: ${said}`);
