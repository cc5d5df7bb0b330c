import { BodyError, type Logger, uuidV7 } from "@muster/runtime";
import { ScimError } from "@muster/scim";
import { StoreUnavailable } from "@muster/store";
import { AccessRefused } from "./access-refused.ts";

/** A refusal that ends by itself: the caller is told when, in whole seconds. */
export class RefusedAccess extends ScimError {
  readonly retryAfterS: number;
  constructor(status: number, detail: string, retryAfterS: number) {
    super(status, undefined, detail);
    this.retryAfterS = retryAfterS;
  }
}

/** One place turns errors into SCIM errors; what nobody expected keeps its words to the log. */
export function toScimError(logger: Logger, error: unknown): ScimError {
  if (error instanceof ScimError) return error;
  if (error instanceof AccessRefused)
    return error.retryAfterS === undefined
      ? new ScimError(error.status, undefined, error.message)
      : new RefusedAccess(error.status, error.message, error.retryAfterS);
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
