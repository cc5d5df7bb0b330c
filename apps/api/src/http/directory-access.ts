import type { DirectoryScope } from "@muster/directory";
import type { DirectoryTokenRecord } from "@muster/store";
import type { DirectoryProfile } from "../route.ts";

/** What a directory's token opens. Made once for a credential and shared by its requests, so nothing of one is on it. */
export type DirectoryAccess = {
  readonly scope: DirectoryScope;
  readonly directory: DirectoryProfile;
  may(this: void, permission: string): boolean;
};

/** Makes what a credential opens at its directory. */
export function toDirectoryAccess(token: DirectoryTokenRecord, directory: DirectoryProfile): DirectoryAccess {
  const { tenantId, directoryId, publicId } = token;
  const scopes = token.scopes === null ? null : new Set(token.scopes);
  return {
    scope: {
      tenantId,
      directoryId,
      actor: `${token.kind === "client" ? "client" : "token"}:${publicId}`,
      memberMatching: directory.settings.memberMatching,
    },
    directory,
    may: (permission) => scopes === null || scopes.has(permission),
  };
}
