import { openDatabase } from "@muster/store";
import { waitFor } from "@muster/testkit";
import { groupBody } from "../load/scim-request.ts";
import { interleave } from "../measure/interleave.ts";
import { median } from "../measure/numbers.ts";
import { textOf } from "../stage/admin-client.ts";
import { connectApp, onboardTenant } from "../stage/onboard.ts";
import type { Stage } from "../stage/open-stage.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";
import { askScim } from "../stage/scim-client.ts";
import type { SeededPeople } from "../stage/seeded-directory.ts";
import { countPending } from "./delivery.ts";
import type { Figure, Measurement, Size } from "./figure.ts";
import { createPaced } from "./paced-creates.ts";

/** The one that everybody has at first is that of the app of `onboardTenant`. */
const ROLES = ["member", "viewer"] as const;
const CREATES_PER_SECOND = 100;
/** What the app of the edited connection takes while others are timed: with an app that takes all at once, pushing takes all cores. */
const APP_PER_SECOND = 50;
const APPLIED_WITHIN_MS = 3_600_000;

type Cell = { p50Ms: number; p99Ms: number };
type Round = { quiet: Cell; busy: Cell };

/**
 * A rule edit that gives another role to everybody of a group of `size.people`: applied in the background, while another
 * tenant's people are created at an even pace, whose answers are timed; against the same when nothing else is done.
 */
export async function measureRuleEdit(stage: Stage, size: Size): Promise<Measurement> {
  await stage.ensureWorker();
  const faults: string[] = [];
  const appId = textOf(
    await stage.admin.post("/apps", { name: "Rule edit", roles: ROLES.map((key) => ({ key, name: key })) }),
    "id",
  );
  const app = await stage.startApp("counts");
  const large = await stage.seeder.people(size.people);
  const other = await onboardTenant(stage.admin, { name: "Beside an edit", appId, app: stage.app, paused: true });
  const connectionId = await connectLarge(stage, { ...large, appId, app });
  stage.note(`rule-edit: ${size.people} people of one group are being made in the app`);
  await waitUntilApplied(stage, { connectionId, people: size.people, app });
  const answers = async (): Promise<Cell> => {
    const requests = CREATES_PER_SECOND * size.seconds;
    const input = { targets: [other.scim], perSecond: CREATES_PER_SECOND, requests, faults };
    const { answerP50Ms, answerP99Ms } = await createPaced(stage.api, input);
    return { p50Ms: answerP50Ms, p99Ms: answerP99Ms };
  };
  await answers();
  let edits = 0;
  const rounds = await interleave<Round>(size.rounds, {
    quiet: answers,
    async busy() {
      edits += 1;
      await app.reset();
      await setRate(stage, connectionId, APP_PER_SECOND);
      await putRole(stage, connectionId, ROLES[edits % ROLES.length] ?? ROLES[0]);
      const busy = await answers();
      const pending = await countPending(stage, { connectionId });
      stage.note(`rule-edit: ${pending} of ${size.people} were left when the answers had been timed`);
      await setRate(stage, connectionId, null);
      await waitUntilApplied(stage, { connectionId, people: size.people, app });
      return busy;
    },
  });
  await app.stop();
  return {
    figures: toFigures(rounds, size.people),
    faults,
  };
}

/** Has everybody of a directory in one group, and that group in the app. */
async function connectLarge(
  stage: Stage,
  { people, appId, app, ...directory }: SeededPeople & { appId: string; app: SampleAppProcess },
): Promise<string> {
  const request = { method: "POST", path: "/Groups", body: groupBody("Everybody") } as const;
  const groupId = textOf(await askScim(stage, directory.scim, request), "id");
  const db = openDatabase({ url: stage.productUrl, maxConnections: 1, applicationName: "bench-seed" });
  await db.pool.query(
    `insert into memberships (tenant_id, group_id, user_id)
    select tenant_id, $2, id from users where tenant_id = $1 and deleted_at is null order by id limit $3`,
    [directory.tenantId, groupId, people],
  );
  await db.pool.query("vacuum (analyze) memberships");
  await db.close();
  const connectionId = await connectApp(stage.admin, directory, { appId, app, paused: false });
  await stage.admin.put(`/connections/${connectionId}/assignments`, { groups: [{ id: groupId }] });
  return connectionId;
}

async function setRate(stage: Stage, connectionId: string, ratePerSecond: number | null): Promise<void> {
  await stage.admin.patch(`/connections/${connectionId}`, { settings: { ratePerSecond } });
}

async function putRole(stage: Stage, connectionId: string, role: string): Promise<void> {
  await stage.admin.put(`/connections/${connectionId}/rules`, { precedence: "first", defaultRole: role, rules: [] });
}

async function waitUntilApplied(
  stage: Stage,
  { connectionId, people, app }: { connectionId: string; people: number; app: SampleAppProcess },
): Promise<void> {
  const isApplied = async (): Promise<boolean> =>
    (await app.counts()).total >= people && (await countPending(stage, { connectionId })) === 0;
  await waitFor(isApplied, { timeoutMs: APPLIED_WITHIN_MS, everyMs: 500, what: "everybody to have the other role" });
}

function toFigures(rounds: readonly Round[], people: number): Figure[] {
  const middle = (value: (round: Round) => number): number => median(rounds.map(value));
  const figure = (name: string, value: (cell: Cell) => number): Figure => ({
    id: "rule-edit",
    name,
    ours: `${middle(({ busy }) => value(busy)).toFixed(1)} ms`,
    against: `when quiet ${middle(({ quiet }) => value(quiet)).toFixed(1)} ms`,
    judged: middle(({ quiet, busy }) => value(busy) / value(quiet)),
    goal: { atMost: 1.5 },
  });
  return [
    figure(`answers to creates beside a rule edit for ${people} people, p99`, ({ p99Ms }) => p99Ms),
    figure("the same, p50", ({ p50Ms }) => p50Ms),
  ];
}
