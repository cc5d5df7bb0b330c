import type { TargetRule } from "@muster/mapping";
import { generic } from "./generic.ts";
import type { SignIn, TargetProfile } from "./target-profile.ts";

type Difference = Pick<TargetProfile, "key" | "title"> &
  Partial<Pick<TargetProfile, "baseUrl" | "signIn" | "probe" | "payloadRules" | "setup" | "notes">> & {
    [Part in "users" | "groups" | "paging" | "limits"]?: Partial<TargetProfile[Part]>;
  };

/** A profile by what it has otherwise than an app of which nothing is known. */
export function defineProfile(differs: Difference): TargetProfile {
  return {
    ...generic,
    ...differs,
    users: { ...generic.users, ...differs.users },
    groups: { ...generic.groups, ...differs.groups },
    paging: { ...generic.paging, ...differs.paging },
    limits: { ...generic.limits, ...differs.limits },
  };
}

/** An app's demand on one place, by what it has otherwise than a text of any length that may be missing. */
export function demand(target: string, differs: Partial<Omit<TargetRule, "target">>): TargetRule {
  return {
    target,
    isRequired: false,
    type: "text",
    maxCharacters: undefined,
    refusedCharacters: "",
    fix: "",
    ...differs,
  };
}

export const bearer = (help: string): SignIn => ({ scheme: "bearer", header: null, help });

/** What an app without groups can do with them. */
export const noGroups = { push: false, create: false, rename: false, delete: false } as const;
