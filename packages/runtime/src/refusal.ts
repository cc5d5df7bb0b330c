/** A request that cannot be done as asked: who asked can mend it. */
export type RefusalKind = "notFound" | "conflict" | "invalid" | "gone";

/** Thrown by use cases; the message names the thing, the rule and the fix, and never another tenant's. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
