import { ScimError } from "./scim-error.ts";

/** Writes a version number as the weak entity tag of `meta.version` and ETag (RFC 7644 §3.14). */
export function formatVersion(version: number): string {
  return `W/"${version}"`;
}

/**
 * Reads an If-Match header: the version asked for, "any" for `*`, null when there is none.
 *
 * @throws {ScimError} 412 for a tag that this server never gave out, so that the write cannot match
 * @see RFC 9110 §13.1.1
 */
export function parseIfMatch(header: string | undefined): number | "any" | null {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  if (text === "*") return "any";
  // Clients drop the W/ or send it in the other strength; versions are numbers, so the comparison stays exact.
  const digits = /^(?:W\/)?"?(\d{1,15})"?$/i.exec(text)?.[1];
  if (digits === undefined) {
    throw new ScimError(
      412,
      undefined,
      "If-Match must hold one version as given in meta.version; read the resource again",
    );
  }
  return Number(digits);
}

/**
 * Reads an If-None-Match header: the versions that the client holds, "any" for `*`, null when there is none. A tag that
 * this server never gave out is a version nobody has.
 *
 * @see RFC 9110 §13.1.2
 */
export function parseIfNoneMatch(header: string | undefined): number[] | "any" | null {
  const text = header?.trim() ?? "";
  if (text === "") return null;
  if (text === "*") return "any";
  return text
    .slice(0, 4_096)
    .split(",")
    .flatMap((tag) => {
      const digits = /^(?:W\/)?"?(\d{1,15})"?$/i.exec(tag.trim())?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
}
