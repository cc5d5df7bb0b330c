import { e2e, type SeededFault } from "./seeded-fault.ts";

const SIGN_INS = "apps/api/src/http/sign-ins.ts";
const MEMBERS = "packages/store/src/workspace-members.ts";

/** Guards of the way in by the identity provider, and of what members may do. */
export const SIGN_IN_FAULTS: readonly SeededFault[] = [
  {
    id: "id-token-unsigned",
    what: "the signature of an ID token is verified",
    file: "packages/credentials/src/oidc/identity-provider.ts",
    find: "  enableNonRepudiationChecks(configuration);\n",
    replace: "",
    test: e2e("sign-in", "a key of somebody else's: refused, and nobody is let in"),
  },
  {
    id: "email-taken-as-is",
    what: "an address counts when the provider verified it",
    file: SIGN_INS,
    find: "if (email === null || !isEmailVerified)",
    replace: "if (email === null || isEmailVerified === undefined)",
    test: e2e("sign-in", "an address that nobody verified does not let anybody in"),
  },
  {
    id: "state-not-bound",
    what: "a state that came back is this browser's",
    file: SIGN_INS,
    find: 'if (!isSameState(proof, new URLSearchParams(search).get("state") ?? "")) return null;',
    replace: "isSameState(proof, search);",
    test: e2e("sign-in", "the state of one browser opens nothing in another, and the first may go on"),
  },
  {
    id: "sign-in-used-twice",
    what: "a sign-in is used up by the first who comes back",
    file: "packages/store/src/sign-ins.ts",
    find: "where public_id = $1 and used_at is null and",
    replace: "where public_id = $1 and",
    test: e2e("sign-in", "when somebody comes back: said so, and the same answer is not tried twice"),
  },
  {
    id: "link-outlives-maker",
    what: "the links of whoever was removed are over",
    file: "packages/store/src/portal-links.ts",
    find: "m.id = l.member_id and m.removed_at is null",
    replace: "m.id = l.member_id",
    test: e2e("members", "who was removed is out in every process with the answer, and what they made is over"),
  },
  {
    id: "two-owners-go",
    what: "owners are locked while one of them is taken out",
    file: MEMBERS,
    find: "order by id for update",
    replace: "order by id",
    test: e2e("members", "V35: the last owner is neither removed nor demoted, by whomever, also when two go at once"),
  },
  {
    id: "role-not-asked",
    what: "an operation is for those whose role reaches it",
    file: "apps/api/src/http/member-rights.ts",
    find: "RANK[role] >= RANK[least]",
    replace: "RANK[role] >= 0",
    test: e2e("roles", "is what the table that is kept says, for every operation of the contract"),
  },
];
