/**
 * Longest userName, externalId, group displayName and member id, in UTF-16 code units, before and after case folding.
 * 512 units are at most 1,536 bytes, which fits a btree index entry next to two ids; directories stop at 256.
 */
export const maxIdentifierCharacters = 512;

/** Longest single string; a photo or a certificate in base64 fits. */
export const maxStringCharacters = 65_536;

/** Most characters of all kept attributes of one resource together, so that PATCH cannot grow it for ever. */
export const maxResourceCharacters = 262_144;

/** Most elements of one multi-valued attribute; members are not counted, they are rows of their own. */
export const maxElements = 1_000;

/**
 * Most characters of multi-valued attributes that the operations of one PATCH may read or rewrite together, each term
 * of a value filter counted anew: about a quarter of a second, hundreds of times what clients need.
 */
export const maxPatchWorkCharacters = 30_000_000;

/** Most operations in one PATCH, also announced as `bulk.maxOperations`, which some clients cut their PATCHes by. */
export const maxPatchOperations = 1_000;

/** Longest PATCH path, and most name segments in it (V39). */
export const maxPathCharacters = 512;
export const maxPathSegments = 5;

/** Longest filter, most terms and deepest nesting (V36, V38); real clients send one or two terms. */
export const maxFilterCharacters = 4_096;
export const maxFilterTerms = 50;
export const maxFilterDepth = 20;

/** Longest cursor that is read; ours hold two ids and one sort value. */
export const maxCursorCharacters = 8_192;

/** Longest `attributes` or `excludedAttributes` parameter. */
export const maxProjectionCharacters = 4_096;

/** Most dialect notes kept for one request: enough to understand a client, too few to fill a log. */
export const maxNotes = 20;

/** Most extension schemas of a directory, attributes of one (and parts of one of those), and the longest URI of one. */
export const maxExtensions = 20;
export const maxExtensionAttributes = 100;
export const maxSchemaUriCharacters = 200;
