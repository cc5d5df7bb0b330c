import { operations, type PutRolloutPeopleRequest, type Rollout, type StartRolloutRequest } from "@muster/contract";
import {
  dropRollout,
  planRollout,
  promoteRollout,
  putRolloutWhom,
  type Rollout as RolloutView,
  type RolloutWhom,
  readRollout,
  startRollout,
} from "@muster/provisioning";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection } from "./owner.ts";
import { DEFAULT_NAMES, showPlan, toProposed } from "./plans.ts";
import { latestVersion } from "./policy-versions.ts";

/** Edits that apply to chosen people first. */
export const rolloutRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getRollout, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const rollout = await readRollout(deps, owner, params.connectionId);
    return rollout === undefined ? {} : { rollout: show(rollout) };
  }),
  adminRoute(operations.startRollout, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { proposed: toProposed(body.proposed), whom: toWhom(body) };
    const rollout = await startRollout(deps, owner, params.connectionId, input);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return show(rollout);
  }),
  adminRoute(operations.putRolloutPeople, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const rollout = await putRolloutWhom(deps, owner, params.connectionId, toWhom(body));
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return show(rollout);
  }),
  adminRoute(operations.planRollout, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return showPlan(await planRollout(deps, owner, params.connectionId, { names: DEFAULT_NAMES }));
  }),
  adminRoute(operations.promoteRollout, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await promoteRollout(deps, owner, params.connectionId);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return await latestVersion(deps, owner, params.connectionId);
  }),
  adminRoute(operations.dropRollout, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await dropRollout(deps, owner, params.connectionId);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return await latestVersion(deps, owner, params.connectionId);
  }),
];

const toWhom = ({ people = [], groups = [] }: StartRolloutRequest | PutRolloutPeopleRequest): RolloutWhom => ({
  people,
  groups,
});

const show = ({ versionId, number, actor, startedAt, edit, whom }: RolloutView): Rollout => ({
  version: { id: versionId, number },
  actor,
  startedAt: startedAt.toISOString(),
  proposed: edit,
  ...whom,
});
