import { appOf, type RemoteUser } from "@muster/connectors";
import { desiredAccount, type PreparedPolicy } from "@muster/mapping";
import { isUuid, uuidV7 } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import {
  type ComparedAccount,
  type ComparisonKey,
  type ComparisonRecord,
  type ComparisonStep,
  type ConnectionPolicy,
  doubtAccounts,
  type FindingKind,
  type FindingRecord,
  findCompared,
  insertFindings,
  type PersonInput,
  type Tx,
} from "@muster/store";
import { compareAccount } from "./compare-account.ts";
import { readPeople } from "./read-people.ts";
import { shapeDesired } from "./shape-desired.ts";

/** Findings that are kept of one kind: more than anybody reads; the counts go on. */
const MAX_FINDINGS = 10_000;

type Added = ComparisonStep["added"];
/** A finding with what its repair would be; null where there is nothing to repair. */
type Found = Omit<FindingRecord, "id" | "repair"> & { mend: Mend | null };
type Mend = { userId: string; removal: boolean; twin: boolean };

export type CompareInput = {
  comparison: ComparisonRecord;
  policy: ConnectionPolicy;
  prepared: PreparedPolicy;
  nowMs: number;
  /** What the app shows. */
  users: readonly RemoteUser[];
  /** Linked accounts whose user in the app is certainly gone. */
  gone: readonly ComparedAccount[];
};

/**
 * Compares what the app shows, and what is gone from it, with what should be there; keeps the findings and, where the
 * comparison repairs, makes those accounts due. Everything in the transaction that moves the comparison on.
 */
export async function compareUsers(tx: Tx, key: ComparisonKey, input: CompareInput): Promise<Added> {
  const { comparison, policy, prepared, users } = input;
  const ours = await findCompared(tx, key, {
    remoteIds: users.map((user) => user.remoteId),
    userIds: users.flatMap(({ externalId }) => (externalId !== null && isUuid(externalId) ? [externalId] : [])),
    nameKeys: users.flatMap(({ userName }) => (userName === null ? [] : [foldCase(userName)])),
  });
  const linked = new Map(ours.flatMap((account) => (account.remoteId === null ? [] : [[account.remoteId, account]])));
  const userIds = [...linked.values()].map((account) => account.userId);
  const people = userIds.length === 0 ? new Map<string, PersonInput>() : await readPeople(tx, key, input, userIds);
  const added: Added = {};
  const context = { people, policy, prepared, nowMs: input.nowMs, added };
  const found = input.gone.flatMap((account) => missing(account, added));
  for (const user of users) {
    const account = linked.get(user.remoteId);
    found.push(...(account === undefined ? unlinked(user, ours) : compared(user, account, context)));
  }
  await keep(tx, key, comparison, found, added);
  return added;
}

type Context = {
  people: ReadonlyMap<string, PersonInput>;
  policy: ConnectionPolicy;
  prepared: PreparedPolicy;
  nowMs: number;
  added: Added;
};

function compared(user: RemoteUser, account: ComparedAccount, context: Context): Found[] {
  const { people, policy, prepared, nowMs, added } = context;
  const person = people.get(account.userId);
  const isSettled = account.state === "synced" && !account.due;
  // One that waits is mended by its own turn; one that is held waits for somebody's decision.
  if (person === undefined || account.due || account.state === "pending" || account.state === "held") {
    count(added, "unsettled");
    return [];
  }
  count(added, isSettled ? "checked" : "unsettled");
  // Whose access the guard keeps, or somebody kept by a rejection, is in order as they are.
  if (person.removalHold !== null) return [];
  const { desired } = shapeDesired(policy, desiredAccount(person, prepared, { nowMs, applied: account.applied }));
  const comparison = compareAccount(desired, user, {
    keepsLeavers: policy.onLeave === "leave",
    users: appOf(policy).users,
  });
  switch (comparison.kind) {
    case "equal":
      return [];
    case "drifted":
      if (!isSettled) return [];
      return [{ ...shownAs("drifted", user, account), attributes: comparison.attributes, mend: mend(account, false) }];
    case "unexpectedActive":
      return [
        { ...shownAs("unexpectedActive", user, account), attributes: comparison.attributes, mend: mend(account, true) },
      ];
  }
}

/**
 * Nobody of ours is linked to it: a second account of somebody, or one that is none of our business. Never touched, but for one
 * that bears the externalId of somebody for whom a create was left behind: that is of our making, and goes whatever the policy.
 */
function unlinked(user: RemoteUser, ours: readonly ComparedAccount[]): Found[] {
  const nameKey = user.userName === null ? null : foldCase(user.userName);
  const owner =
    ours.find((account) => account.userId === user.externalId) ??
    ours.find((account) => account.remoteId !== null && account.remoteUserNameKey === nameKey);
  const kind = owner !== undefined && owner.remoteId !== null ? "duplicate" : "orphan";
  const isTwin = owner?.twin === true && owner.userId === user.externalId && user.active !== false;
  return [
    {
      ...shownAs(kind, user, owner ?? null),
      mend: isTwin ? { userId: owner.userId, removal: true, twin: true } : null,
    },
  ];
}

function missing(account: ComparedAccount, added: Added): Found[] {
  if (account.due || account.state === "pending" || account.state === "held") {
    count(added, "unsettled");
    return [];
  }
  count(added, "checked");
  const { userId, remoteId, remoteUserNameKey: userName } = account;
  return [{ kind: "missing", userId, remoteId, userName, attributes: [], mend: mend(account, false) }];
}

function shownAs(kind: FindingKind, user: RemoteUser, account: ComparedAccount | null): Omit<Found, "mend"> {
  const { remoteId, userName } = user;
  return { kind, userId: account?.userId ?? null, remoteId, userName, attributes: [] };
}

const mend = ({ userId }: ComparedAccount, removal: boolean): Mend => ({ userId, removal, twin: false });

async function keep(
  tx: Tx,
  key: ComparisonKey,
  comparison: ComparisonRecord,
  found: readonly Found[],
  added: Added,
): Promise<void> {
  const kept: FindingRecord[] = [];
  const doubted = new Map<string, Mend>();
  for (const { mend: repair, ...finding } of found) {
    const counter = COUNTER_OF[finding.kind];
    count(added, counter);
    const repairs = repair !== null && (comparison.policy === "repair" || repair.twin);
    if (repairs && doubted.get(repair.userId)?.twin !== true) doubted.set(repair.userId, repair);
    if (comparison[counter] + (added[counter] ?? 0) <= MAX_FINDINGS)
      kept.push({ ...finding, id: uuidV7(), repair: repairs });
  }
  await insertFindings(tx, key, kept);
  added.repairs = await doubtAccounts(tx, key, [...doubted.values()]);
}

const COUNTER_OF = {
  drifted: "drifted",
  missing: "missing",
  orphan: "orphans",
  unexpectedActive: "unexpectedActive",
  duplicate: "duplicates",
} as const satisfies Record<FindingKind, keyof Added>;

function count(added: Added, name: keyof Added): void {
  added[name] = (added[name] ?? 0) + 1;
}
