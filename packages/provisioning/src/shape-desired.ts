import { type AppAt, appOf, shapeUser } from "@muster/connectors";
import type { DesiredAccount } from "@muster/mapping";

/** What an account should be, as far as its app can hold it; and the attributes that are left out because it cannot (SB35). */
export function shapeDesired(
  app: AppAt,
  desired: DesiredAccount,
): { desired: DesiredAccount; leftOut: readonly string[] } {
  if (desired.kind !== "present") return { desired, leftOut: [] };
  const { payload, leftOut } = shapeUser(desired.payload, appOf(app).users);
  return { desired: { ...desired, payload }, leftOut };
}
