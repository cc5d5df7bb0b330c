import type { AdminRoute } from "../route.ts";
import { accountRoutes } from "./accounts.ts";
import { actRoutes } from "./act.ts";
import { admissionRoutes } from "./admission.ts";
import { appMappingVersionRoutes } from "./app-mapping-versions.ts";
import { approvalRoutes } from "./approvals.ts";
import { appRoutes } from "./apps.ts";
import { auditRoutes } from "./audit.ts";
import { brandingRoutes } from "./branding.ts";
import { comparisonRoutes } from "./comparisons.ts";
import { conflictRoutes } from "./conflicts.ts";
import { connectionRoutes } from "./connections.ts";
import { consentRoutes } from "./consent.ts";
import { directoryRoutes } from "./directories.ts";
import { eventRoutes } from "./events.ts";
import { extensionRoutes } from "./extensions.ts";
import { holdRoutes } from "./holds.ts";
import { lockoutRoutes } from "./lockout.ts";
import { mappingRoutes } from "./mappings.ts";
import { memberRoutes } from "./members.ts";
import { noticeRoutes } from "./notices.ts";
import { offboardingRoutes } from "./offboarding.ts";
import { overviewRoutes } from "./overview.ts";
import { peopleRoutes } from "./people.ts";
import { planRoutes } from "./plans.ts";
import { policyRoutes } from "./policies.ts";
import { policyVersionRoutes } from "./policy-versions.ts";
import { portalLinkRoutes } from "./portal-links.ts";
import { probeRoutes } from "./probes.ts";
import { remoteGroupRoutes } from "./remote-groups.ts";
import { requestRoutes } from "./requests.ts";
import { rolloutRoutes } from "./rollouts.ts";
import { tenantRoutes } from "./tenants.ts";
import { tokenRoutes } from "./tokens.ts";
import { undoRoutes } from "./undos.ts";
import { webhookRoutes } from "./webhooks.ts";
import { whyRoutes } from "./why.ts";

/** Every operation of the contract, each with its handler. */
export const adminRoutes: readonly AdminRoute[] = [
  ...overviewRoutes,
  ...appRoutes,
  ...tenantRoutes,
  ...directoryRoutes,
  ...extensionRoutes,
  ...tokenRoutes,
  ...portalLinkRoutes,
  ...brandingRoutes,
  ...memberRoutes,
  ...requestRoutes,
  ...connectionRoutes,
  ...policyRoutes,
  ...lockoutRoutes,
  ...consentRoutes,
  ...admissionRoutes,
  ...approvalRoutes,
  ...mappingRoutes,
  ...appMappingVersionRoutes,
  ...planRoutes,
  ...probeRoutes,
  ...policyVersionRoutes,
  ...rolloutRoutes,
  ...undoRoutes,
  ...accountRoutes,
  ...conflictRoutes,
  ...comparisonRoutes,
  ...remoteGroupRoutes,
  ...holdRoutes,
  ...actRoutes,
  ...whyRoutes,
  ...offboardingRoutes,
  ...peopleRoutes,
  ...auditRoutes,
  ...noticeRoutes,
  ...eventRoutes,
  ...webhookRoutes,
];
