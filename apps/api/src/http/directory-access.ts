import type { DirectoryScope } from "@muster/directory";
import type { DirectoryProfile } from "../route.ts";

/** What a directory's token opens. Made once for a credential, shared by its requests, and holds nothing of one. */
export type DirectoryAccess = {
  readonly scope: DirectoryScope;
  readonly directory: DirectoryProfile;
  may(this: void, permission: string): boolean;
};
