/** Who has a group gets a role. Rules are tried in order. */
export type Rule = { groupId: string; role: string };

/** How rules decide: `first` gives the first rule's role only, `all` gives every matching rule's. */
export type RolePolicy = { precedence: "first" | "all"; defaultRole: string | null; rules: readonly Rule[] };

/** Why a person has a role: the rule's group, or the default because no rule matched. */
export type RoleReason = {
  role: string;
  because: { kind: "rule"; position: number; groupId: string } | { kind: "default" };
};
