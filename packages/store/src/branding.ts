import type { NamedStatement, Statements } from "./database.ts";
import type { WorkspaceId } from "./tables.ts";

export type LogoType = "image/png" | "image/jpeg";
export type Logo = { type: LogoType; bytes: Buffer };

/** How the portal looks to an app owner's customers, and where it may be framed. */
export type BrandingRecord = { name: string | null; colour: string | null; logo: Logo | null; embedOrigins: string[] };

type BrandingRow = {
  name: string | null;
  colour: string | null;
  logo: Buffer | null;
  logo_type: LogoType | null;
  embed_origins: string[];
};

const READ: NamedStatement<BrandingRow> = {
  name: "read-branding",
  text: "select name, colour, logo, logo_type, embed_origins from branding where workspace_id = $1",
};

const MAY_FRAME: NamedStatement<object> = {
  name: "may-frame",
  text: "select from branding where workspace_id = $1 and $2 = any(embed_origins)",
};

const PUT: NamedStatement<object> = {
  name: "put-branding",
  text: `
insert into branding (workspace_id, name, colour, logo, logo_type, embed_origins) values ($1, $2, $3, $4, $5, $6)
on conflict (workspace_id) do update set name = excluded.name, colour = excluded.colour, logo = excluded.logo,
  logo_type = excluded.logo_type, embed_origins = excluded.embed_origins, updated_at = now()`,
};

/** How the portal looks to a workspace's customers; nothing is set where nobody did. */
export async function readBranding(tx: Statements, workspaceId: WorkspaceId): Promise<BrandingRecord> {
  const [row] = await tx.named(READ, [workspaceId]);
  if (row === undefined) return { name: null, colour: null, logo: null, embedOrigins: [] };
  const { name, colour, logo, logo_type: type, embed_origins: embedOrigins } = row;
  return { name, colour, logo: logo === null || type === null ? null : { type, bytes: logo }, embedOrigins };
}

/** Whether pages of an origin may frame a workspace's portal; without reading the logo, since every page of a frame asks. */
export async function mayFrame(tx: Statements, workspaceId: WorkspaceId, origin: string): Promise<boolean> {
  return (await tx.named(MAY_FRAME, [workspaceId, origin])).length > 0;
}

/** Replaces how it looks. */
export async function putBranding(tx: Statements, workspaceId: WorkspaceId, branding: BrandingRecord): Promise<void> {
  const { name, colour, logo, embedOrigins } = branding;
  await tx.named(PUT, [workspaceId, name, colour, logo?.bytes ?? null, logo?.type ?? null, embedOrigins]);
}
