import type { PutRulesRequest, Rules } from "@muster/contract";

/** By what a rule knows whom it is about: one group, groups by a pattern of their names, or the person alone. */
export type RuleKind = "group" | "prefix" | "glob" | "anybody";

export type RuleRow = {
  /** Of this row in this page, so that it keeps its fields when it moves. */
  key: string;
  kind: RuleKind;
  /** A group's name, or a pattern of names. */
  text: string;
  /** The group that was chosen before. */
  known: { id: string; name: string } | null;
  role: string | null;
  /** CEL that must be true as well; undefined for none. */
  condition: string | undefined;
  /** What is known of it since it was saved: `fits 3 groups`. */
  hint: string | null;
};

export type RulesDraft = Omit<Rules, "rules"> & { rows: RuleRow[] };

/** A rule that says nothing yet. */
export const newRow = (): RuleRow => ({
  key: crypto.randomUUID(),
  kind: "group",
  text: "",
  known: null,
  role: null,
  condition: undefined,
  hint: null,
});

/** Saved rules as they are edited. */
export function toDraft({ rules, ...settings }: Rules): RulesDraft {
  const rows = rules.map(({ group, role, condition }) => ({
    ...newRow(),
    ...toSubject(group),
    role,
    condition,
  }));
  return { ...settings, rows };
}

type RuleGroup = Rules["rules"][number]["group"];

function toSubject(group: RuleGroup): Pick<RuleRow, "kind" | "text" | "known" | "hint"> {
  if (group === null) return { kind: "anybody", text: "", known: null, hint: null };
  const pattern = group.prefix ?? group.glob;
  if (pattern !== undefined)
    return {
      kind: group.prefix === undefined ? "glob" : "prefix",
      text: pattern,
      known: null,
      hint: sayMatches(group),
    };
  const name = group.displayName ?? "";
  return {
    kind: "group",
    text: name,
    known: group.id === null ? null : { id: group.id, name },
    hint: group.bound ? null : "No such group yet: the rule waits for it.",
  };
}

function sayMatches({ matches = 0 }: NonNullable<RuleGroup>): string {
  return `Fits ${matches.toLocaleString("en")} ${matches === 1 ? "group" : "groups"} now.`;
}

/** The request that saves a draft. */
export function toRequest({ rows, ...settings }: RulesDraft): PutRulesRequest {
  const rules = rows.map((row) => {
    const condition = row.condition?.trim() ?? "";
    return {
      ...(row.kind === "anybody" ? {} : { group: toGroup(row) }),
      role: row.role ?? "",
      ...(condition === "" ? {} : { condition }),
    };
  });
  return { ...settings, rules };
}

// A group that was chosen before keeps its id, whatever it is called by now; one that was typed goes by its name.
function toGroup({ kind, text, known }: RuleRow) {
  if (kind === "prefix") return { prefix: text };
  if (kind === "glob") return { glob: text };
  return known !== null && known.name === text ? { id: known.id } : { displayName: text.trim() };
}

/** What is missing before a draft can be saved; null for nothing. */
export function lackOf({ rows }: RulesDraft): string | null {
  if (rows.some(({ kind, text }) => kind !== "anybody" && text.trim() === ""))
    return "Name a group, or a pattern of names, in each rule.";
  if (rows.some(({ kind, condition = "" }) => kind === "anybody" && condition.trim() === ""))
    return "A rule for whatever groups needs a condition.";
  return rows.some(({ role }) => role === null) ? "Choose a role in each rule." : null;
}
