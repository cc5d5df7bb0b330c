import { atlassian } from "./atlassian.ts";
import { awsIamIdentityCenter } from "./aws-iam-identity-center.ts";
import { canva } from "./canva.ts";
import { databricks } from "./databricks.ts";
import { djangoScim2 } from "./django-scim2.ts";
import { figma } from "./figma.ts";
import { generic } from "./generic.ts";
import { githubEmu } from "./github-emu.ts";
import { githubOrganization } from "./github-organization.ts";
import { gitlab } from "./gitlab.ts";
import { googleCloudIdentity } from "./google-cloud-identity.ts";
import { hcpTerraform } from "./hcp-terraform.ts";
import { jfrog } from "./jfrog.ts";
import { jumpcloud } from "./jumpcloud.ts";
import { applyLearned, type LearnedSettings } from "./learned-settings.ts";
import { miro } from "./miro.ts";
import { notion } from "./notion.ts";
import { onePassword } from "./one-password.ts";
import { posthog } from "./posthog.ts";
import { salesforce } from "./salesforce.ts";
import { sentry } from "./sentry.ts";
import { slack } from "./slack.ts";
import { snowflake } from "./snowflake.ts";
import type { TargetProfile } from "./target-profile.ts";
import { workos } from "./workos.ts";
import { zoom } from "./zoom.ts";
import { zscaler } from "./zscaler.ts";

/** Every app that is known to speak SCIM 2.0, in the order of a list to choose from; the generic one is first. */
export const scimProfiles: readonly [TargetProfile, ...TargetProfile[]] = [
  generic,
  onePassword,
  atlassian,
  awsIamIdentityCenter,
  canva,
  databricks,
  djangoScim2,
  figma,
  githubEmu,
  githubOrganization,
  gitlab,
  googleCloudIdentity,
  hcpTerraform,
  jfrog,
  jumpcloud,
  miro,
  notion,
  posthog,
  salesforce,
  sentry,
  slack,
  snowflake,
  workos,
  zoom,
  zscaler,
];

const byKey = new Map<string, TargetProfile>(scimProfiles.map((profile) => [profile.key, profile]));

/** What a connection to an app that speaks SCIM goes by: the profile that it names, else the generic one, and over it what was found out about its app. */
export function profileOf(key: string | null, learned?: LearnedSettings | null): TargetProfile {
  const profile = (key === null ? undefined : byKey.get(key)) ?? generic;
  return learned === null || learned === undefined ? profile : applyLearned(profile, learned);
}
