import type { Duplicate } from "../sample-app/duplicate-detector.ts";
import type { AppUser } from "../sample-app/sample-app.ts";
import type { Ending } from "./cast.ts";

/**
 * Lists what differs between the app and how it should have ended; empty when all is right. Nobody but the expected
 * people may be active, and nobody may have, or have had, two accounts.
 */
export function compareApp(
  app: { users: readonly AppUser[]; duplicates: readonly Duplicate[] },
  endings: readonly Ending[],
): string[] {
  const byName = Map.groupBy(app.users, (user) => user.userName.toLowerCase());
  const expected = new Set(endings.map((ending) => ending.userName.toLowerCase()));
  const wrong = endings.flatMap((ending) => compareAccounts(byName.get(ending.userName.toLowerCase()) ?? [], ending));
  const strangers = app.users.filter((user) => user.active && !expected.has(user.userName.toLowerCase()));
  return [
    ...wrong,
    ...strangers.map((user) => `${user.userName} is active in the app and should not be`),
    ...app.duplicates.map(({ by, value, remoteIds }) => `${remoteIds.length} accounts were created for ${by} ${value}`),
  ];
}

function compareAccounts(accounts: readonly AppUser[], ending: Ending): string[] {
  const [account, ...more] = accounts;
  if (more.length > 0) return [`${ending.userName} has ${accounts.length} accounts`];
  if (account === undefined) return [`${ending.userName} has no account`];
  if (account.active !== ending.active) {
    return [
      `${ending.userName} is ${account.active ? "active" : "inactive"} and should be ${ending.active ? "active" : "inactive"}`,
    ];
  }
  if (!ending.active || sameSet(account.roles, ending.roles)) return [];
  return [`${ending.userName} has ${named(account.roles)} and should have ${named(ending.roles)}`];
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item) => right.includes(item));
}

function named(roles: readonly string[]): string {
  return roles.length === 0 ? "no role" : `role ${roles.join(", ")}`;
}
