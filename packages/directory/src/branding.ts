import { Refusal } from "@muster/runtime";
import {
  type BrandingRecord,
  type Database,
  insertWorkspaceAudit,
  inWorkspace,
  putBranding,
  readBranding,
} from "@muster/store";
import type { WorkspaceScope } from "./onboarding.ts";
import { readLogo } from "./read-logo.ts";

/** What is changed; what is left out stays. A logo comes as its bytes. */
export type BrandingEdit = Partial<Omit<BrandingRecord, "logo">> & { logo?: Buffer | null };

/**
 * Changes how the portal looks to a workspace's customers, and in whose pages it may be framed.
 *
 * @throws {Refusal} "invalid" when the logo is no picture that is taken
 */
export async function updateBranding(
  deps: { db: Database },
  scope: WorkspaceScope,
  edit: BrandingEdit,
): Promise<BrandingRecord> {
  const { workspaceId, actor } = scope;
  const logo = edit.logo == null ? edit.logo : toLogo(edit.logo);
  return await inWorkspace(deps.db, workspaceId, async (tx) => {
    const before = await readBranding(tx, workspaceId);
    const after = { ...before, ...edit, logo: logo === undefined ? before.logo : logo };
    await putBranding(tx, workspaceId, after);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: "branding.update", target: workspaceId });
    return after;
  });
}

function toLogo(bytes: Buffer): NonNullable<BrandingRecord["logo"]> {
  const read = readLogo(bytes);
  if (!read.ok)
    throw new Refusal("invalid", `This logo is not taken: ${read.reason}. Send a PNG or JPEG of at most 64 KiB`);
  return { type: read.type, bytes };
}
