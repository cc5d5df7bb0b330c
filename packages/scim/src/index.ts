export type { AttributePath } from "./attribute-path.ts";
export type { BulkResult } from "./bulk/bulk-response.ts";
export { toBulkResponse } from "./bulk/bulk-response.ts";
export type { BulkOperation } from "./bulk/parse-bulk.ts";
export { parseBulkRequest } from "./bulk/parse-bulk.ts";
export type { BulkStep } from "./bulk/plan-bulk.ts";
export { planBulk, referencesOf } from "./bulk/plan-bulk.ts";
export type { LateAddition } from "./bulk/references.ts";
export { partLateReferences, resolveReferences } from "./bulk/references.ts";
export type { PageCursor } from "./cursor.ts";
export { formatCursor, parseCursor, queryDigest } from "./cursor.ts";
export { instantOf } from "./date-time.ts";
export { evaluateFilter } from "./filter/evaluate.ts";
export type { CompareOp, Filter, FilterValue } from "./filter/filter.ts";
export { formatFilter } from "./filter/format.ts";
export { parseFilter } from "./filter/parse.ts";
export { foldCase } from "./fold-case.ts";
export type { GroupState, MemberChange } from "./group.ts";
export { applyGroupPatch, parseGroup, sameGroup } from "./group.ts";
export { carryImmutable } from "./immutable.ts";
export type { Attributes, Json } from "./json.ts";
export { cloneJson, equalJson, isAttributes, ownValue } from "./json.ts";
export {
  maxElements,
  maxFilterCharacters,
  maxFilterDepth,
  maxFilterTerms,
  maxIdentifierCharacters,
  maxPatchOperations,
  maxPathCharacters,
  maxResourceCharacters,
  maxStringCharacters,
} from "./limits.ts";
export type { ListLimits, ListQuery, Page } from "./list-query.ts";
export { parseListQuery, parseSearchRequest } from "./list-query.ts";
export { toListResponse } from "./list-response.ts";
export { collectNames, type KnownNames } from "./masking/known-names.ts";
export { type MaskedJson, maskBody } from "./masking/mask-body.ts";
export { isOwnForm, maskDetail, maskPath, maskQuery } from "./masking/mask-text.ts";
export type { DialectNote } from "./notes.ts";
export type { Projection } from "./project.ts";
export { excludesMembers, parseProjection, project } from "./project.ts";
export type { Meta } from "./resource.ts";
export { toGroupResource, toUserResource } from "./resource.ts";
export type { AttributeDefinition, AttributeType, SchemaDefinition } from "./schemas/definition.ts";
export { resourceTypes, schemas, serviceProviderConfig } from "./schemas/discovery.ts";
export type { ExtensionDefinition } from "./schemas/extension.ts";
export { directorySchemas, parseExtensionDefinition } from "./schemas/extension.ts";
export type { ResourceSchema, ResourceType } from "./schemas/registry.ts";
export { compileResourceSchema, groupSchema, userSchema } from "./schemas/registry.ts";
export type { ScimType } from "./scim-error.ts";
export { ScimError, toErrorBody } from "./scim-error.ts";
export type { Sort } from "./sort.ts";
export {
  enterpriseUserUrn,
  errorUrn,
  groupUrn,
  listResponseUrn,
  patchOpUrn,
  resourceTypeUrn,
  schemaUrn,
  searchRequestUrn,
  serviceProviderConfigUrn,
  userUrn,
} from "./urns.ts";
export type { UserState } from "./user.ts";
export { applyUserPatch, parseUser, sameUser } from "./user.ts";
export { formatVersion, parseIfMatch, parseIfNoneMatch } from "./version.ts";
