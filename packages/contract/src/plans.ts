import Type, { type Static } from "typebox";
import { PutMappingRequest } from "./mappings.ts";
import { pageOf } from "./page.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";
import { PutAssignmentsRequest, PutRulesRequest } from "./rules.ts";

const proposedProperties = {
  assignments: Type.Optional(PutAssignmentsRequest),
  rules: Type.Optional(PutRulesRequest),
  mapping: Type.Optional(PutMappingRequest),
};

/** An edit, each part as the request that would save it; at least one part. */
export const proposedEdit = closed(proposedProperties, {
  title: "ProposedEdit",
  description: "An edit, each part as the request that would save it. What is left out stays as it is.",
  minProperties: 1,
});

export const RequestPlanRequest = closed(
  {
    proposed: proposedEdit,
    names: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 200, default: 20, description: "How many people are named of each change." }),
    ),
  },
  { title: "RequestPlanRequest" },
);
export type RequestPlanRequest = Static<typeof RequestPlanRequest>;

const roles = Type.Array(Type.String());
export const changeKinds = ["gains", "loses", "roles", "attributes"] as const;

export const EditPlan = closed(
  {
    people: Type.Integer({ minimum: 0, description: "everybody who has, or would have, an account" }),
    inScopeBefore: count,
    inScopeAfter: count,
    changes: Type.Array(
      closed({
        change: oneOf([...changeKinds], {
          description:
            "gains and loses are about access; roles and attributes change the account of somebody whose access stays. A person is counted once, under the first that is true.",
        }),
        count,
        first: Type.Array(
          closed({
            userId: id,
            userName: Type.String(),
            rolesBefore: roles,
            rolesAfter: roles,
            attributes: Type.Array(Type.String(), { description: "which attributes of the app's user differ" }),
          }),
        ),
      }),
    ),
    roles: Type.Array(
      closed({ role: Type.String(), gain: count, lose: count }, { description: "how many would get and lose it" }),
    ),
    guard: closed(
      {
        losing: Type.Integer({ minimum: 0, description: "people whose accounts would be made inactive or deleted" }),
        threshold: Type.Integer({ minimum: 0, description: "more than this waits for approval" }),
        wouldHold: Type.Boolean(),
      },
      { description: "what the guard would say, were the edit saved now" },
    ),
  },
  { title: "EditPlan" },
);
export type EditPlan = Static<typeof EditPlan>;

export const PlanOfEdit = closed(
  {
    id,
    actor: Type.String(),
    proposed: proposedEdit,
    state: oneOf(["waiting", "running", "done", "failed"], { description: "result is there once it is done" }),
    reason: nullable(Type.String({ description: "why it failed" })),
    progress: closed({ people: count, total: nullable(count) }),
    result: Type.Optional(EditPlan),
    createdAt: timestamp,
    finishedAt: nullable(timestamp),
  },
  { title: "PlanOfEdit", description: "What an edit would change. Nothing is written and no app is asked." },
);
export type PlanOfEdit = Static<typeof PlanOfEdit>;

export const PlanOfEditPage = pageOf("PlanOfEditPage", PlanOfEdit);
