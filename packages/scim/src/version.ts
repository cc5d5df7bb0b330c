import { ScimError } from "./scim-error.ts";

/** Writes a version number as the weak entity tag of `meta.version` and ETag (RFC 7644 §3.14). */
export function formatVersion(version: number): string {
  return `W/"${version}"`;
}

/**
 * Reads an If-Match header: the versions of which one must be the present one, "any" for `*`, null when there is none.
 *
 * @throws {ScimError} 412 when it holds only tags that this server never gave out, so that the write cannot match
 * @see RFC 9110 §13.1.1
 */
export function parseIfMatch(header: string | undefined): readonly number[] | "any" | null {
  const versions = parseIfNoneMatch(header);
  if (versions === null || versions === "any" || versions.length > 0) return versions;
  throw new ScimError(412, undefined, "If-Match must hold a version as given in meta.version; read the resource again");
}

/** Far more tags than a client holds of one resource. */
const maxTagsCharacters = 4_096;

/**
 * Reads an If-None-Match header: the versions that the client holds, "any" for `*`, null when there is none. A tag that
 * this server never gave out is a version nobody has.
 *
 * @see RFC 9110 §13.1.2
 */
export function parseIfNoneMatch(header: string | undefined): readonly number[] | "any" | null {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  if (text === "*") return "any";
  return text
    .slice(0, maxTagsCharacters)
    .split(",")
    .flatMap((tag) => {
      // Clients drop the W/ or send it in the other strength; versions are numbers, so the comparison stays exact.
      const digits = /^(?:W\/)?"?(\d{1,15})"?$/i.exec(tag.trim())?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
}
