import { BodyError, type Logger, uuidV7 } from "@muster/runtime";
import { ScimError } from "@muster/scim";
import { StoreUnavailable } from "@muster/store";
import { AccessRefused } from "./access-refused.ts";

/** One place turns errors into SCIM errors; what nobody expected keeps its words to the log. */
export function toScimError(logger: Logger, error: unknown): ScimError {
  if (error instanceof ScimError) return error;
  if (error instanceof AccessRefused) return new ScimError(error.status, undefined, error.message);
  if (error instanceof BodyError)
    return new ScimError(error.status, error.status === 400 ? "invalidSyntax" : undefined, error.reason);
  if (error instanceof StoreUnavailable) {
    logger.warn({ error }, "the database is away");
    return new ScimError(503, undefined, "The service cannot store anything right now; try again shortly");
  }
  const errorId = uuidV7();
  logger.error({ error, errorId }, "a SCIM request failed");
  return new ScimError(500, undefined, `Something went wrong here; error ${errorId}`);
}
