import type { Json } from "@muster/scim";
import { bearer, defineProfile, noGroups } from "../../profiles/define-profile.ts";
import type { TargetProfile } from "../../profiles/target-profile.ts";
import type { RestTemplate } from "./rest-template.ts";

/** An app with an API of its own, of which everything is said by templates. */
export const restProfile: TargetProfile = defineProfile({
  key: "rest",
  title: "REST API by templates",
  baseUrl: { preset: "", help: "The address that every path of the templates is below." },
  signIn: [
    bearer("A token, sent as Authorization: Bearer."),
    { scheme: "header", header: null, help: "A key in a header that the app names." },
    { scheme: "basic", header: null, help: "A user name and a password." },
  ],
  users: {
    updateBy: ["put"],
    deactivate: { effect: "inactive", meaning: "The template deactivate is sent." },
    delete: { effect: "removed", recreate: true, meaning: "The template delete is sent." },
  },
  groups: noGroups,
  probe: false,
  notes: [
    "What it cannot do are the operations that have no template. Groups are not pushed: give roles by rules instead.",
  ],
});

/** What of it there are templates for. */
export function applyTemplate(profile: TargetProfile, options: Json): TargetProfile {
  if (options === null) return profile;
  const { operations, attributes } = options as unknown as RestTemplate;
  const { create, read, list, find = {}, update, deactivate, reactivate, delete: deletion } = operations;
  const { users, paging } = profile;
  const style = list?.paging?.style ?? "none";
  return {
    ...profile,
    users: {
      ...users,
      create: create !== undefined,
      reads: read !== undefined,
      lists: list !== undefined,
      reactivate: reactivate !== undefined,
      takes: attributes ?? users.takes,
      lookups: Object.fromEntries(Object.keys(find).map((by) => [by, by])),
      ...(update === undefined ? { changeable: { kind: "only", attributes: [] } } : {}),
      ...(deactivate === undefined ? { deactivate: missing("deactivate", "impossible") } : {}),
      ...(deletion === undefined ? { delete: { ...missing("delete", "impossible"), recreate: null } } : {}),
    },
    paging: { style: style === "link" ? "cursor" : style, pageSize: list?.paging?.size ?? paging.pageSize },
  };
}

const missing = <E extends string>(operation: string, effect: E) => ({
  effect,
  meaning: `There is no template for ${operation}.`,
});
