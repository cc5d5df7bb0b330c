import { ContractError, type Mapping, operations, type Preview } from "@muster/contract";
import type { MappingProblem } from "@muster/mapping";
import {
  getAppMapping,
  getMapping,
  type MappingOutcome,
  type MappingView,
  type PersonPreview,
  previewPerson,
  putAppMapping,
  putMapping,
  toRowInput,
} from "@muster/provisioning";
import { Refusal } from "@muster/runtime";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection } from "./owner.ts";
import { showScope } from "./show-scope.ts";

/** Which values of a person go where in an app. */
export const mappingRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getAppMapping, async (deps, { scope, params }) =>
    show(await getAppMapping(deps, scope, params.appId)),
  ),
  adminRoute(operations.putAppMapping, async (deps, { scope, params, body }) =>
    saved(await putAppMapping(deps, scope, params.appId, body.rows)),
  ),
  adminRoute(operations.getMapping, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return show(await getMapping(deps, owner, params.connectionId));
  }),
  adminRoute(operations.putMapping, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const mapping = saved(await putMapping(deps, owner, params.connectionId, body.rows));
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return mapping;
  }),
  adminRoute(operations.previewPerson, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { userId, userName, mapping } = body;
    const { connectionId } = params;
    const who = userId === undefined ? { userName: userName ?? "" } : { userId };
    if ((userId === undefined) === (userName === undefined))
      throw new Refusal("invalid", "Say who is meant by either userId or userName, one of them");
    const outcome = await previewPerson(deps, owner, { connectionId, who, mapping });
    if (outcome.kind === "refused") throw refusal("mapping", outcome.problems);
    return showPreview(outcome);
  }),
];

function saved(outcome: MappingOutcome): Mapping {
  if (outcome.kind === "refused") throw refusal("rows", outcome.problems);
  return show(outcome.mapping);
}

/** More than a form can show; the rest appears once these are mended. */
const MAX_ISSUES = 20;

function refusal(member: string, problems: readonly MappingProblem[]): ContractError {
  return new ContractError(
    problems.slice(0, MAX_ISSUES).map(({ row, target, message }) => {
      const at = row === null ? member : `${member}[${row}]`;
      const path = row === null ? `/${member}` : `/${member}/${row}`;
      return { path, rule: "mapping", message: `${at} (${target}): ${message}` };
    }),
  );
}

const show = ({ source, rows }: MappingView): Mapping => ({ source, rows: rows.map(toRowInput) });

function showPreview(preview: PersonPreview): Preview {
  const { person, source, inScope, scope, desired, leftOut, notSent, steps } = preview;
  const { problems, roles, derivations, candidates, payload } = desired;
  const told = (from: "mapping" | "app") =>
    problems
      .filter((problem) => problem.from === from)
      .map(({ target, message, suggestion = null }) => ({ target, message, suggestion }));
  return {
    userId: person.userId,
    userName: person.user.userName,
    source,
    scope: showScope(scope, inScope),
    roles: roles.map(({ role, because }) => ({
      role,
      why: because.kind,
      position: because.kind === "rule" ? because.position : null,
      groupId: because.kind === "rule" ? because.groupId : null,
    })),
    isFit: problems.length === 0,
    payload,
    derivations: derivations.map((derivation) =>
      derivation.from !== "nothing" && leftOut.includes(attributeOf(derivation.target))
        ? { ...derivation, from: "dropped" as const }
        : derivation,
    ),
    problems: told("mapping"),
    violations: told("app"),
    candidates: candidates.map(({ target, values }) => ({ target, values })),
    notSent,
    steps: steps.map((step) => ({ ...step, requests: step.requests.map(showRequest) })),
  };
}

const showRequest = ({ headers, ...request }: PersonPreview["steps"][number]["requests"][number]) => ({
  ...request,
  headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
});

/** Attributes of the core by their name, those of an extension by its URN, as what an app takes is listed. */
function attributeOf(target: string): string {
  const urn = /^(urn:[\w.:-]+):[^:]+$/i.exec(target)?.[1];
  return urn ?? target.split(/[.[]/, 1)[0] ?? target;
}
