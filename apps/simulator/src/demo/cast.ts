import type { Person } from "../identity-providers/identity-provider.ts";

/** What must be true of a person's account in the app when the story is over; roles are not looked at when inactive. */
export type Ending = { userName: string; active: true; roles: readonly string[] } | { userName: string; active: false };

export type CastMember = { person: Person; groups: readonly GroupName[]; ending: Ending };

export const STAFF = "Acme Staff";
export const ENGINEERING = "Acme Engineering";
export const ADMINS = "Acme Admins";
/** Many who leave at once, for the guard to hold. */
export const CONTRACTORS = "Acme Contractors";
export type GroupName = typeof STAFF | typeof ENGINEERING | typeof ADMINS;

export const ROLES = [
  { key: "viewer", name: "Viewer" },
  { key: "editor", name: "Editor" },
  { key: "admin", name: "Admin" },
];

/** The new name of the one who is renamed. */
export const NEW_NAME = { familyName: "Demir", email: "elif.demir@acme.example" };

/** The twelve people of Acme; the endings are written by hand, so that they do not repeat the gateway's own reasoning. */
export const CAST = {
  ana: member("Ana", "Silva", [STAFF, ENGINEERING], { role: "viewer" }),
  ben: member("Ben", "Okafor", [STAFF, ENGINEERING], { role: "admin" }),
  chen: member("Chen", "Wei", [STAFF, ADMINS], { role: "admin" }),
  dana: member("Dana", "Levi", [STAFF, ENGINEERING], { role: "viewer" }),
  elif: member("Elif", "Kaya", [STAFF], { role: "viewer", userName: NEW_NAME.email }),
  femi: member("Femi", "Adeyemi", [STAFF, ENGINEERING], "inactive"),
  greta: member("Greta", "Lund", [STAFF], { role: "viewer" }),
  hugo: member("Hugo", "Martin", [STAFF], { role: "viewer" }),
  iris: member("Iris", "Novak", [STAFF, ENGINEERING, ADMINS], { role: "admin" }),
  jonas: member("Jonas", "Berg", [STAFF], { role: "viewer" }),
  kira: member("Kira", "Tanaka", [STAFF], { role: "viewer" }),
  // A contractor: in no group but Engineering, and therefore out when it is deleted.
  liam: member("Liam", "Byrne", [ENGINEERING], "inactive"),
} satisfies Record<string, CastMember>;

export type CastKey = keyof typeof CAST;

function member(
  givenName: string,
  familyName: string,
  groups: readonly GroupName[],
  end: "inactive" | { role: string; userName?: string },
): CastMember {
  const email = `${givenName}.${familyName}@acme.example`.toLowerCase();
  const ending: Ending =
    end === "inactive"
      ? { userName: email, active: false }
      : { userName: end.userName ?? email, active: true, roles: [end.role] };
  return { person: { givenName, familyName, email }, groups, ending };
}
