import { BodyError } from "@muster/runtime";
import { segmentsOf } from "./match-route.ts";

/** What a request below a directory's address asks for. */
export type DirectoryTarget = {
  directoryId: string;
  /** Below the directory's address, decoded. */
  segments: readonly string[];
  /** The same as it was sent. */
  path: string;
  /** As it was sent, without the question mark; undefined when there was none at all. */
  query: string | undefined;
};

/**
 * Splits a request target into decoded path segments, query left out.
 *
 * @throws {BodyError} 400 for a percent escape that is not UTF-8
 */
export function pathSegments(target: string): string[] {
  return decodeSegments(segmentsOf(splitTarget(target).path));
}

/**
 * Reads a target of the form `/scim/v2/{directoryId}/…?…`.
 *
 * @throws {BodyError} 400 for a percent escape in the path that is not UTF-8
 */
export function readDirectoryTarget(target: string): DirectoryTarget {
  const { path, query } = splitTarget(target);
  const sent = segmentsOf(path);
  const [, , directoryId = "", ...segments] = decodeSegments(sent);
  return { directoryId, segments, path: `/${sent.slice(3).join("/")}`, query };
}

function splitTarget(target: string): { path: string; query: string | undefined } {
  const mark = target.indexOf("?");
  return mark === -1
    ? { path: target, query: undefined }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

function decodeSegments(segments: string[]): string[] {
  try {
    return segments.map((segment) => (segment.includes("%") ? decodeURIComponent(segment) : segment));
  } catch (error) {
    throw new BodyError("The path has a malformed percent escape", { status: 400, cause: error });
  }
}
