import { BodyError } from "./read-json.ts";

const DEFAULT_MAX_PARAMETERS = 100;

/**
 * Reads the query of a request target into flat text parameters: brackets and dots in names mean nothing, and the work
 * is bounded whatever is sent (V43).
 *
 * @throws {BodyError} 400 if there are more than `maxParameters` (100 unless told) or an escape that is not UTF-8
 */
export function readQuery(target: string, maxParameters: number = DEFAULT_MAX_PARAMETERS): URLSearchParams {
  const start = target.indexOf("?");
  const query = start === -1 ? "" : target.slice(start + 1);
  if (query.split("&", maxParameters + 1).length > maxParameters) {
    throw new BodyError(`The query has more than ${String(maxParameters)} parameters`, { status: 400 });
  }
  try {
    decodeURIComponent(query);
  } catch (error) {
    throw new BodyError("The query has a malformed percent escape", { status: 400, cause: error });
  }
  return new URLSearchParams(query);
}
