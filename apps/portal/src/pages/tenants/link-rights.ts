import type { PortalRightsName } from "@muster/contract";

/** What a link may be for, as people choose it. */
export const RIGHTS: Readonly<Record<PortalRightsName, { label: string; says: string }>> = {
  manage: {
    label: "Everything of theirs",
    says: "Connect the directory, decide who gets in with which role, see and repair.",
  },
  setup: {
    label: "Connecting the directory",
    says: "Address, tokens and the guide; people and groups as they arrive. Nothing of the apps.",
  },
  view: { label: "Looking", says: "See everything of this tenant and change nothing." },
};
