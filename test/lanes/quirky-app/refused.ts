import type { Attributes } from "@muster/scim";

/** What the app answers to something that it does not take. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly scimType: string | undefined;

  constructor(status: number, message: string, scimType?: string) {
    super(message);
    this.status = status;
    this.scimType = scimType;
  }
}

export type Reply = { status: number; body?: Attributes | undefined };

export const notFound = (what: string): Refused => new Refused(404, `there is no ${what}`);

/** Reads a filter of the one form that every app knows; refuses any other and any attribute that this one does not search by. */
export function parseEq(filter: string, known: readonly string[]): { attribute: string; value: string } {
  const found = /^(\S+) eq (".*")$/.exec(filter);
  const attribute = found?.[1] ?? "";
  if (!known.includes(attribute)) throw new Refused(400, `cannot filter by ${filter}`, "invalidFilter");
  return { attribute, value: String(JSON.parse(found?.[2] ?? '""')) };
}
