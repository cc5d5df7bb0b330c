import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";

export const approvalActions = ["create", "update", "deactivate", "delete"] as const;
export const approvalAction = oneOf([...approvalActions], {
  description:
    "create gives access: an account is made, taken over or made active; update changes one that stays active; deactivate ends access; delete deletes the account.",
});
export type ApprovalAction = Static<typeof approvalAction>;

const approvalState = oneOf(["waiting", "approved", "rejected"], {
  description:
    "waiting: nothing of it is sent; approved: it is being done, or waits for something else; rejected: it is not done, and asked anew when something else should be.",
});

export const Approval = closed(
  {
    id: { ...id, description: "of exactly this step: when something else should be, it is another" },
    connectionId: id,
    userId: id,
    userName: Type.String(),
    displayName: nullable(Type.String()),
    action: approvalAction,
    changes: Type.Array(
      closed({
        path: Type.String({ description: "such as userName or roles[0].value" }),
        before: Type.Unknown({ description: "null where the app has nothing" }),
        after: Type.Unknown({ description: "null where it would have nothing" }),
      }),
      { description: "what would change in the app, at most 200 places" },
    ),
    state: approvalState,
    askedAt: timestamp,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(timestamp),
  },
  { title: "Approval", description: "A step that somebody has to approve before it is taken." },
);
export type Approval = Static<typeof Approval>;

export const ApprovalPage = pageOf("ApprovalPage", Approval);
export const ApprovalQuery = pageQuery({
  state: Type.Optional({ ...approvalState, default: "waiting" }),
  action: Type.Optional(approvalAction),
});

export const DecideApprovalsRequest = closed(
  {
    decision: oneOf(["approve", "reject"]),
    ids: Type.Optional(
      Type.Array(id, { minItems: 1, maxItems: 500, uniqueItems: true, description: "the steps that are decided" }),
    ),
    upTo: Type.Optional({
      ...timestamp,
      description:
        "in the place of ids: all that wait and had been asked by this moment, such as the newest that was looked at",
    }),
    action: Type.Optional({ ...approvalAction, description: "with upTo: only steps of this kind" }),
  },
  { title: "DecideApprovalsRequest" },
);
export type DecideApprovalsRequest = Static<typeof DecideApprovalsRequest>;

export const DecideApprovalsResult = closed(
  {
    decided: count,
    outdated: Type.Array(id, {
      description: "ids of which nothing was decided: the step is done, decided so already, or another one by now",
    }),
  },
  { title: "DecideApprovalsResult" },
);

export const approvalStatus = Type.Unsafe<ApprovalStatus | null>({
  ...closed({
    waiting: count,
    waitingSince: nullable({ ...timestamp, description: "since when the oldest waits" }),
    rejected: count,
    reason: nullable(Type.String({ description: "a warning where removals wait for approval" })),
  }),
  type: ["object", "null"],
  description: "null where settings.approvals asks for none; who waits or was rejected is counted as held",
});
type ApprovalStatus = { waiting: number; waitingSince: string | null; rejected: number; reason: string | null };
