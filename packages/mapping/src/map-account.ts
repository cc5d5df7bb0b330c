import { type Attributes, isAttributes, type Json, type UserState, userUrn } from "@muster/scim";
import { checkPayload } from "./attributes/check-payload.ts";
import type { Candidates, Derivation, Mapped } from "./attributes/compile-mapping.ts";
import { parseTargetPath } from "./attributes/target-path.ts";
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
  const { mapping, payloadRules, takes } = prepared;
  const { userId, user } = person;
  if (mapping === null) {
    const payload = leaveOut(defaultMapping({ userId, user, roles }), takes);
    return { payload, active: user.active, problems: violations(payload), derivations: [], candidates: [] };
  }
  if (mapping.kind === "refused")
    return { ...NOTHING, active: user.active, problems: mapping.problems.map((problem) => unreadable(problem)) };
  const resource = { ...user.attributes, id: userId, externalId: user.externalId, userName: user.userName };
  const variables = { roles, groups: person.groupNames ?? [], now: new Date(nowMs).toISOString() };
  const mapped = mapping.map({ ...variables, user: { ...resource, active: user.active } }, applied ?? undefined, taken);
  const { active, problems } = settleIdentity(mapped, user.active);
  const payload = leaveOut({ ...mapped.payload, externalId: userId, active }, takes);
  const derivations = tellLeftOut(mapped.derivations, takes);
  const unsent = new Set(problems.map(({ target }) => target));
  const refused = violations(payload).filter(({ target }) => !unsent.has(target));
  return { payload, active, problems: [...problems, ...refused], derivations, candidates: mapped.candidates };

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

/** Without what the app does not take. */
function leaveOut(payload: Attributes, takes: readonly string[] | null): Attributes {
  if (takes === null) return payload;
  const isTaken = takenBy(takes);
  const entries = Object.entries(payload).flatMap(([name, value]): [string, Json][] => {
    if (!name.includes(":") || !isAttributes(value)) return isTaken(name) ? [[name, value]] : [];
    const inner = Object.entries(value).filter(([part]) => isTaken(`${name}:${part}`));
    return inner.length === 0 ? [] : [[name, Object.fromEntries(inner)]];
  });
  const kept: Attributes = Object.fromEntries(entries);
  const urns = Array.isArray(kept.schemas) ? kept.schemas : [];
  return {
    ...kept,
    schemas: urns.filter((urn) => urn === userUrn || (typeof urn === "string" && Object.hasOwn(kept, urn))),
  };
}

/** Says of the rows that gave what the app does not take that it was left out (SB35). */
function tellLeftOut(derivations: readonly Derivation[], takes: readonly string[] | null): Derivation[] {
  if (takes === null) return [...derivations];
  const isTaken = takenBy(takes);
  return derivations.map((derivation) =>
    derivation.from === "nothing" || isTaken(attributeOf(derivation.target))
      ? derivation
      : { ...derivation, from: "dropped" },
  );
}

/** Whether an app takes an attribute; one that takes an extension takes all of it. */
function takenBy(takes: readonly string[]): (attribute: string) => boolean {
  const taken = new Set([...ALWAYS, ...takes].map((name) => name.toLowerCase()));
  return (attribute) => {
    const name = attribute.toLowerCase();
    return taken.has(name) || taken.has(name.slice(0, Math.max(0, name.lastIndexOf(":"))));
  };
}
const ALWAYS = ["schemas", "userName", "externalId", "active"];

/** `emails[type eq "work"].value` is of emails; an attribute of an extension keeps its URN. */
function attributeOf(target: string): string {
  const path = parseTargetPath(target);
  if (path.kind === "problem") return target;
  return path.urn === undefined ? path.name : `${path.urn}:${path.name}`;
}

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
