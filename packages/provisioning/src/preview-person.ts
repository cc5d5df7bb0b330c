import {
  type DesiredAccount,
  defaultRows,
  desiredAccount,
  type MappingProblem,
  type MappingRow,
  type PreparedPolicy,
  type PreparePolicy,
  policyFor,
  profileRows,
  type RowInput,
  readRows,
  type ScopeReason,
  standing,
} from "@muster/mapping";
import { type Clock, Refusal } from "@muster/runtime";
import { isAttributes } from "@muster/scim";
import {
  type Database,
  findPersonNamed,
  getMapping,
  getPolicy,
  getRivals,
  inTenant,
  isPersonHere,
  type PersonInput,
  readAccounts,
  type Tx,
} from "@muster/store";
import type { AccountPlan } from "./account-plan.ts";
import { type Owner, requireConnection } from "./connections.ts";
import { effectiveMapping, type MappingSource } from "./mappings.ts";
import { claimName, wantedNames } from "./name-holders.ts";
import { planPeople } from "./plan-people.ts";
import { type PreviewedStep, previewSteps, type Sending } from "./preview-steps.ts";
import { readPeople } from "./read-people.ts";
import { shapeDesired } from "./shape-desired.ts";
import type { Present } from "./unfit-reason.ts";

export type Preview = {
  kind: "preview";
  person: Pick<PersonInput, "userId" | "user">;
  source: MappingSource | "rollout" | "unsaved";
  inScope: boolean;
  scope: ScopeReason;
  desired: Present;
  /** Attributes that the app does not take. */
  leftOut: readonly string[];
  /** Attributes that the person has and the app is not given. */
  notSent: string[];
  /** Each step that could be taken for them, with its requests. */
  steps: PreviewedStep[];
};

export type PreviewInput = {
  connectionId: string;
  who: { userId: string } | { userName: string };
  /** Rows that are not saved. */
  mapping: readonly RowInput[] | undefined;
};

type Deps = { db: Database; clock: Clock; prepare: PreparePolicy };

/** Shows what would be sent for one person, by the connection's mapping or one that is not saved; nothing is written (E3). */
export async function previewPerson(
  deps: Deps,
  owner: Owner,
  input: PreviewInput,
): Promise<Preview | { kind: "refused"; problems: readonly MappingProblem[] }> {
  const read = input.mapping === undefined ? undefined : readRows(input.mapping);
  if (read?.kind === "refused") return read;
  const show = (tx: Tx) => preview(tx, deps, owner, { ...input, rows: read?.rows });
  const { sending, ...shown } = await inTenant(deps.db, owner.tenantId, show, owner.workspaceId);
  return { ...shown, steps: await previewSteps(sending, deps.clock.now()) };
}

async function preview(
  tx: Tx,
  deps: Deps,
  { tenantId }: Owner,
  { connectionId, who, rows: unsaved }: PreviewInput & { rows: readonly MappingRow[] | undefined },
): Promise<Omit<Preview, "steps"> & { sending: Sending }> {
  const lane = { tenantId, connectionId };
  const connection = await requireConnection(tx, tenantId, connectionId);
  const userId = "userId" in who ? who.userId : await requireNamed(tx, lane, who.userName);
  const { source, rows } = effectiveMapping(connection, await getMapping(tx, lane));
  const policy = await getPolicy(tx, tenantId, connectionId);
  // A copy of the product's own rows is mapped by, so that it too says where each value comes from.
  const mapping = unsaved ?? (rows === defaultRows ? [...rows] : rows);
  const everybodys = deps.prepare({ ...policy, mapping });
  const isHere = await isPersonHere(tx, tenantId, { userId, connectionId });
  const person = (await readPeople(tx, lane, { policy, prepared: everybodys }, [userId])).get(userId);
  if (!isHere || person === undefined || person.deleted)
    throw new Refusal("notFound", `This connection's directory has no person ${userId}`);
  const decided = policyFor(everybodys, person);
  // Rows that are not saved are shown for whomever; whatever else is tried out on this person stays.
  const isTried = decided !== everybodys;
  const tried = { ...decided.policy, mapping: unsaved ?? decided.policy.mapping ?? [...profileRows(policy.profile)] };
  const prepared = isTried ? deps.prepare(tried) : everybodys;
  const account = (await readAccounts(tx, lane, [userId])).get(userId);
  const nowMs = deps.clock.now().getTime();
  const applied = account?.applied ?? null;
  const taken = (account?.remoteId ?? null) === null ? await takenNames(tx, lane, { person, prepared, nowMs }) : NOBODY;
  const full = desiredAccount(person, prepared, { nowMs, applied, taken, keepsAccess: true });
  // Why somebody is not in scope is what they are without being kept.
  const { scope } = desiredAccount(person, prepared, { nowMs, applied, taken });
  const { desired, leftOut } = shapeDesired(policy, full);
  if (desired.kind === "absent") throw new Error("A person who is kept has a desired account");
  const inScope = standing(person, prepared, nowMs) === "in";
  const by = { policy, prepared, nowMs };
  const [planned] = await planPeople(tx, lane, by, [userId]);
  const plan: AccountPlan = planned?.plan ?? { kind: "none" };
  return {
    kind: "preview",
    person,
    source: unsaved !== undefined ? "unsaved" : isTried ? "rollout" : source,
    inScope,
    scope,
    desired,
    leftOut,
    notSent: notSent(person, desired),
    sending: { connection, policy, userId, account, plan, desired },
  };
}

const NOBODY: ReadonlySet<string> = new Set();

async function takenNames(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  wish: { person: PersonInput; prepared: PreparedPolicy; nowMs: number },
): Promise<ReadonlySet<string>> {
  const names = wantedNames({ ...wish, applied: null });
  const rivals = await getRivals(tx, lane.tenantId, lane.connectionId, names);
  return claimName(wish.person.userId, names, rivals).taken;
}

async function requireNamed(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  userName: string,
): Promise<string> {
  const userId = await findPersonNamed(tx, lane.tenantId, { connectionId: lane.connectionId, userName });
  if (userId === undefined)
    throw new Refusal("notFound", `This connection's directory has no person with the userName "${userName}"`);
  return userId;
}

/** By name, those of an extension under its URN; what only says who somebody is at the source is not among them. */
function notSent({ user }: PersonInput, desired: Extract<DesiredAccount, { kind: "present" }>): string[] {
  const { payload } = desired;
  return Object.entries(user.attributes).flatMap(([name, value]) => {
    if (value === null) return [];
    if (!name.includes(":") || !isAttributes(value)) return Object.hasOwn(payload, name) ? [] : [name];
    const sent = payload[name];
    const known = isAttributes(sent) ? sent : {};
    return Object.keys(value).flatMap((inner) => (Object.hasOwn(known, inner) ? [] : [`${name}:${inner}`]));
  });
}
