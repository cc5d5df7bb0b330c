import { type PreviewStep, previewRequests, type RequestPreview } from "@muster/connectors";
import type { ClaimedAccount, ConnectionPolicy, ConnectionRecord } from "@muster/store";
import type { AccountPlan } from "./account-plan.ts";
import { attainable } from "./known-account.ts";
import { stepKind } from "./plan-account.ts";
import { forbiddenReason } from "./plan-policy.ts";
import { appOfConnection } from "./profile-settings.ts";
import type { Present } from "./unfit-reason.ts";

type StepName = "create" | "update" | "reactivate" | "deactivate" | "delete";

export type PreviewedStep = RequestPreview & {
  step: StepName;
  /** It is what a push would do first, as far as that is known without asking the app. */
  isNext: boolean;
};

/** What the requests for one person are made of. */
export type Sending = {
  connection: ConnectionRecord;
  policy: ConnectionPolicy;
  userId: string;
  account: ClaimedAccount | undefined;
  plan: AccountPlan;
  desired: Present;
};

/** Shows the requests of each step that could be taken for a person as they are linked now, in the words of the app's kind. */
export async function previewSteps(sending: Sending, now: Date): Promise<PreviewedStep[]> {
  const { connection, policy, account, userId, plan } = sending;
  const { kind, updateMethod, authScheme, targetOptions: options } = connection;
  const target = { kind, updateMethod, authScheme, options, profile: appOfConnection(connection) };
  const about = { subject: { userId, generation: account?.generation ?? 0 }, now };
  return await Promise.all(
    stepsOf(sending).map(async ([step, what]) => {
      const reason = forbiddenReason(step, policy);
      if (reason !== null) return { step, isNext: false, requests: [], mayFollow: false, problem: reason };
      return { step, isNext: plan.kind === step, ...(await previewRequests(target, what, about)) };
    }),
  );
}

/** Where one of them is planned it is as planned; the others are as they would be if their turn came now. */
function stepsOf({ account, plan, desired, policy }: Sending): [StepName, PreviewStep][] {
  const remoteId = account?.remoteId ?? null;
  if (account === undefined || remoteId === null) return [["create", { kind: "create", payload: desired.payload }]];
  const { applied } = account;
  const changes = new Map<StepName, PreviewStep>();
  const change = (step: StepName, from: typeof applied, to: NonNullable<typeof applied>) =>
    changes.set(step, { kind: "change", remoteId, change: { from, to } });
  const to = attainable(applied, desired.payload, policy);
  change(stepKind(applied, desired.active), applied, to);
  if (applied?.["active"] !== false) change("deactivate", applied, { ...(applied ?? to), active: false });
  if (plan.kind === "update" || plan.kind === "reactivate" || plan.kind === "deactivate")
    change(plan.kind, plan.from, plan.to);
  return [...changes, ["delete", { kind: "delete", remoteId }]];
}
