import { ScimError } from "./scim-error.ts";

/** Runs work that should be refused and gives the refusal; anything but a ScimError is thrown on. */
export function refusalOf(work: () => unknown): { status: number; scimType: string | undefined; detail: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof ScimError) return { status: error.status, scimType: error.scimType, detail: error.message };
    throw error;
  }
  return { status: 200, scimType: undefined, detail: "" };
}
