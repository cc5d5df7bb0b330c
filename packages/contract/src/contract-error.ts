/** One thing wrong with what was sent: `path` is a JSON pointer (RFC 6901) into it, `rule` a word to branch on. */
export type Issue = { path: string; rule: string; message: string };

/** What was sent does not fit the contract; never holds a value that was sent. */
export class ContractError extends Error {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map((issue) => issue.message).join("; "));
    this.name = "ContractError";
    this.issues = issues;
  }
}
