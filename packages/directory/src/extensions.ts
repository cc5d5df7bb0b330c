import { Refusal } from "@muster/runtime";
import {
  type AttributeDefinition,
  directorySchemas,
  type ExtensionDefinition,
  parseExtensionDefinition,
} from "@muster/scim";
import {
  type Database,
  getDirectorySettings,
  insertAudit,
  inTenant,
  isExtensionUsed,
  lockDirectory,
  raiseCredentialEpoch,
  setExtensions,
  type TenantId,
  type Tx,
} from "@muster/store";
import { requireDirectory } from "./directories.ts";
import type { TenantScope } from "./onboarding.ts";

/** Reads a directory's extension schemas. */
export async function readExtensions(
  deps: { db: Database },
  scope: TenantScope,
  directoryId: string,
): Promise<ExtensionDefinition[]> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    await requireDirectory(tx, scope.tenantId, directoryId);
    return await storedExtensions(tx, scope.tenantId, directoryId);
  });
}

/**
 * Replaces a directory's extension schemas; every process follows within a second. What people or groups already hold
 * values of may gain attributes, but neither lose one nor change what it means: stored values would turn into riddles.
 *
 * @throws {ScimError} 400 `invalidValue` for a definition that cannot be served; a conflict while values are in the way
 */
export async function replaceExtensions(
  deps: { db: Database },
  scope: TenantScope,
  input: { directoryId: string; extensions: readonly unknown[] },
): Promise<ExtensionDefinition[]> {
  const { tenantId, actor } = scope;
  const { directoryId } = input;
  const wanted = input.extensions.map(parseExtensionDefinition);
  directorySchemas(wanted);
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireDirectory(tx, tenantId, directoryId);
    await lockDirectory(tx, tenantId, directoryId);
    for (const present of await storedExtensions(tx, tenantId, directoryId)) {
      const urn = present.definition.id;
      const next = wanted.find((one) => one.definition.id === urn && one.resourceType === present.resourceType);
      if (next !== undefined && keepsAll(present.definition.attributes, next.definition.attributes)) continue;
      if (await isExtensionUsed(tx, tenantId, { directoryId, resourceType: present.resourceType, urn }))
        throw new Refusal(
          "conflict",
          `${urn}: there are ${present.resourceType}s with values of it, so it can only gain attributes; clear the values first`,
        );
    }
    await setExtensions(tx, tenantId, { id: directoryId, extensions: wanted });
    await raiseCredentialEpoch(tx);
    await insertAudit(tx, tenantId, { actor, action: "directory.extensions", target: directoryId });
    return wanted;
  });
}

async function storedExtensions(tx: Tx, tenantId: TenantId, directoryId: string): Promise<ExtensionDefinition[]> {
  const settings = await getDirectorySettings(tx, tenantId, directoryId);
  return Array.isArray(settings?.extensions) ? settings.extensions.map(parseExtensionDefinition) : [];
}

/** Tells that every attribute is still there and means the same; descriptions do not count. */
function keepsAll(present: readonly AttributeDefinition[], next: readonly AttributeDefinition[]): boolean {
  return present.every((old) => {
    const now = next.find((attribute) => attribute.name === old.name);
    return (
      now !== undefined &&
      now.type === old.type &&
      now.multiValued === old.multiValued &&
      now.caseExact === old.caseExact &&
      keepsAll(old.subAttributes ?? [], now.subAttributes ?? [])
    );
  });
}
