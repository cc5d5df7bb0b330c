import { isUuid } from "@muster/runtime";

/**
 * Tells whether a text could be an id of ours. Ids are caseExact (RFC 7643 §3.1) and ours are lower case, though the
 * database would read either; anything else names nobody, and would be an error to the database.
 */
export const isOwnId = (text: string): boolean => isUuid(text) && text === text.toLowerCase();
