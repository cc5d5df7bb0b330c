import { BodyError } from "@muster/runtime";
import { segmentsOf } from "./match-route.ts";

/**
 * Splits a request target into decoded path segments, query left out.
 *
 * @throws {BodyError} 400 for a percent escape that is not UTF-8
 */
export function pathSegments(target: string): string[] {
  const end = target.indexOf("?");
  const path = end === -1 ? target : target.slice(0, end);
  try {
    return segmentsOf(path).map(decodeURIComponent);
  } catch (error) {
    throw new BodyError("The path has a malformed percent escape", { status: 400, cause: error });
  }
}
