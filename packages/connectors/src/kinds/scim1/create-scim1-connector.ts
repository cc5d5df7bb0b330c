import { type CallTarget, createCallTarget, type Failure } from "../../call/call-target.ts";
import { parseObject } from "../../call/parse-reply.ts";
import type { CallContext, CallOutcome, Connector, GroupConnector, Target } from "../../connector.ts";
import { generic } from "../../profiles/generic.ts";
import type { TargetProfile } from "../../profiles/target-profile.ts";
import type { ConnectorDeps } from "../kind.ts";
import { scimConnectorOver } from "../scim/create-scim-connector.ts";
import { readOldError } from "./read-error.ts";
import { translateCalls } from "./translate-calls.ts";

/**
 * Makes the connector for apps that speak SCIM 1.1: the one of SCIM 2.0 over calls that are translated. PATCH is optional in 1.1, and
 * PUT is not: where the app does not announce PATCH, users and groups are put as a whole.
 */
export function createScim1Connector(deps: ConnectorDeps, target: Target): Connector {
  const { dialer, now = () => new Date() } = deps;
  const api = { dialer, now, mediaType: "application/json", readError: readOldError };
  const callTarget = translateCalls(createCallTarget(api, target));
  const profile: TargetProfile = target.profile ?? generic;
  const patching = scimConnectorOver(callTarget, target);
  const putting = scimConnectorOver(callTarget, { updateMethod: "put", profile: byPut(profile) });
  const isAsked = target.updateMethod === "patch" && profile.users.updateBy.includes("patch");
  const announced = askOnce(callTarget);

  /** Does it in the way that the app has; what keeps it from saying which that is, is what came of it. */
  async function choose<T>(context: CallContext, work: Work<T>): Promise<T | CallOutcome<never>> {
    if (!isAsked) return await work(putting, context);
    const startMs = performance.now();
    const answer = await announced(context);
    const tookMs = performance.now() - startMs;
    if (typeof answer !== "boolean") return { ...answer, durationMs: tookMs };
    const timeoutMs = Math.max(1, Math.floor(context.timeoutMs - tookMs));
    return await work(answer ? patching : putting, { ...context, timeoutMs });
  }

  const { groups } = patching;
  return {
    ...patching,
    updateUser: (id, change, context) => choose(context, (connector, rest) => connector.updateUser(id, change, rest)),
    ...(groups === undefined ? {} : { groups: choosing(groups, choose) }),
  };
}

type Work<T> = (connector: Connector, context: CallContext) => Promise<T>;
type Choose = <T>(context: CallContext, work: Work<T>) => Promise<T | CallOutcome<never>>;

function choosing(groups: GroupConnector, choose: Choose): GroupConnector {
  const by = ({ groups: chosen = groups }: Connector): GroupConnector => chosen;
  return {
    ...groups,
    renameGroup: (id, name, context) => choose(context, (connector, rest) => by(connector).renameGroup(id, name, rest)),
    changeMembers: (id, change, context) =>
      choose(context, (connector, rest) => by(connector).changeMembers(id, change, rest)),
  };
}

const byPut = (profile: TargetProfile): TargetProfile => ({
  ...profile,
  users: { ...profile.users, updateBy: ["put"] },
  groups: { ...profile.groups, updateBy: ["put"], renameBy: "put" },
});

type Unsaid = Exclude<Untimed<CallOutcome<never>>, { kind: "ok" }>;
type Untimed<T> = T extends unknown ? Omit<T, "durationMs"> : never;

/** Asks an app once whether it has PATCH; what it does not say is asked again the next time. */
function askOnce(callTarget: CallTarget): (context: CallContext) => Promise<boolean | Unsaid> {
  let known: boolean | null = null;
  return async (context) => {
    if (known !== null) return known;
    const call = { operation: "read", method: "GET", path: "/ServiceProviderConfig" } as const;
    const answer = await callTarget(call, context);
    if (answer.kind === "failure" && isOutage(answer)) return toUnsaid(answer);
    known = answer.kind === "success" && announcesPatch(answer.body);
    return known;
  };
}

function announcesPatch(body: string): boolean {
  const patch = parseObject(body)?.["patch"];
  const isObject = typeof patch === "object" && patch !== null && !Array.isArray(patch);
  return isObject && patch["supported"] === true;
}

/** An app that does not describe itself announces nothing; one that is away, or lets nobody in, says nothing. */
const isOutage = ({ class: kind, status }: Failure): boolean =>
  status === null || status === 401 || kind === "transient" || kind === "throttled";

function toUnsaid({ class: kind, status, detail, retryAfterMs }: Failure): Unsaid {
  if (kind === "throttled") return { kind, retryAfterMs, status, detail };
  // Only this question was sent: nothing of the change can have happened.
  return { kind: kind === "connection" ? kind : "transient", status, detail };
}
