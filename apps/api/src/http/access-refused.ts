/** Why nobody gets in here: thrown by the authenticator, told by each surface in its own form. */
export class AccessRefused extends Error {
  override readonly name = "AccessRefused";
  /** 401 not a credential of this place, 403 a right one that may not be used now or from here, 429 too many. */
  readonly status: 401 | 403 | 429;
  /** Whole seconds, since some clients read nothing else (B18); with 429 only. */
  readonly retryAfterS: number | undefined;

  constructor(status: 401 | 403 | 429, detail: string, options: { waitMs?: number } = {}) {
    super(detail);
    this.status = status;
    this.retryAfterS = options.waitMs === undefined ? undefined : Math.max(1, Math.ceil(options.waitMs / 1_000));
  }
}
