import { entra } from "./entra.ts";
import type { Guide } from "./guide.ts";
import { jumpcloud } from "./jumpcloud.ts";
import { okta } from "./okta.ts";
import { onelogin } from "./onelogin.ts";
import { cyberark, generic, google, ping, rippling } from "./others.ts";

/** The identity providers that can be chosen, in the order in which they are offered. */
export const guides: readonly Guide[] = [jumpcloud, okta, entra, onelogin, google, ping, rippling, cyberark, generic];

/** The guide of a provider; one that has none of its own is set up like any other. */
export function guideOf(provider: string): Guide {
  return guides.find((guide) => guide.provider === provider) ?? generic;
}
