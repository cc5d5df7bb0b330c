import type { Attributes, UserState } from "@muster/scim";
import { checkPayload } from "./attributes/check-payload.ts";
import type { Candidates, Derivation, Mapped } from "./attributes/compile-mapping.ts";
import { defaultMapping } from "./default-mapping.ts";
import type { PreparedPolicy } from "./prepare-policy.ts";

/** Why an account cannot be sent: the place, and what is wrong with it and how to mend it. */
export type AccountProblem = {
  target: string;
  message: string;
  /** Whether the mapping gives no value that can be sent, or the app would refuse it. */
  from: "mapping" | "app";
  /** An expression for the place that would mend it. */
  suggestion?: string;
};

/** What the mapping makes of one person. */
export type MappedAccount = {
  payload: Attributes;
  active: boolean;
  /** With any of them the payload is not to be sent. */
  problems: AccountProblem[];
  /** Where each value came from; empty for the product's own mapping, which copies. */
  derivations: Derivation[];
  /** Places whose value is the first of several that is free, and is not settled yet. */
  candidates: Candidates[];
};

type Input = {
  person: { userId: string; user: UserState; groupNames?: readonly string[] };
  roles: readonly string[];
  nowMs: number;
  applied: Attributes | null;
  taken: ReadonlySet<string> | undefined;
};

/** Makes a person's payload by the connection's mapping, and checks it against what the app demands. Never throws. */
export function mapAccount(prepared: PreparedPolicy, input: Input): MappedAccount {
  const { person, roles, nowMs, applied, taken } = input;
  const { mapping, payloadRules } = prepared;
  const { userId, user } = person;
  if (mapping === null) {
    const payload = defaultMapping({ userId, user, roles });
    return { payload, active: user.active, problems: violations(payload), derivations: [], candidates: [] };
  }
  if (mapping.kind === "refused")
    return { ...NOTHING, active: user.active, problems: mapping.problems.map((problem) => unreadable(problem)) };
  const resource = { ...user.attributes, id: userId, externalId: user.externalId, userName: user.userName };
  const variables = { roles, groups: person.groupNames ?? [], now: new Date(nowMs).toISOString() };
  const mapped = mapping.map({ ...variables, user: { ...resource, active: user.active } }, applied ?? undefined, taken);
  const { derivations, candidates } = mapped;
  const { active, problems } = settleIdentity(mapped, user.active);
  const payload = { ...mapped.payload, externalId: userId, active };
  const unsent = new Set(problems.map(({ target }) => target));
  const refused = violations(payload).filter(({ target }) => !unsent.has(target));
  return { payload, active, problems: [...problems, ...refused], derivations, candidates };

  function violations(made: Attributes): AccountProblem[] {
    return checkPayload(made, payloadRules).map((violation) => ({ ...violation, from: "app" }));
  }
}

const NOTHING = { payload: {}, derivations: [], candidates: [] };

const unreadable = ({ target, message }: { target: string; message: string }): AccountProblem => ({
  target,
  message: `${message}: save the mapping again`,
  from: "mapping",
});

/** A leaver is never active, whatever the row says; and a userName must be there, as a text. */
function settleIdentity(mapped: Mapped, isActive: boolean): { active: boolean; problems: AccountProblem[] } {
  const problems: AccountProblem[] = mapped.problems.map((problem) => ({ ...problem, from: "mapping" }));
  const { active, userName } = mapped.payload;
  const isKnown = (target: string): boolean => problems.some((problem) => problem.target === target);
  if (active !== undefined && typeof active !== "boolean" && !isKnown("active"))
    problems.push({ target: "active", message: "must be true or false: use cBool(...)", from: "mapping" });
  if (typeof userName !== "string" && !isKnown("userName"))
    problems.push({ target: "userName", message: "must be a text: use cStr(...)", from: "mapping" });
  return { active: isActive && active !== false, problems };
}
