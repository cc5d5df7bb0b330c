import { createTokenCache, type TargetAuth } from "@muster/connectors";
import { beginConsent, type DrainDeps, finishConsent, openConnector, putAssignments } from "@muster/provisioning";
import { type CrashPoints, createCrashPoints, createDialer, parseEgressAllow, systemClock } from "@muster/runtime";
import { expect } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

export const REDIRECT_URI = "https://muster.example/oauth/callback";
export const SECRET = "the-secret-of-the-client";

export const authAt = (server: AuthorizationServer, change: object = {}): TargetAuth => ({
  scheme: "oauthAuthorizationCode",
  authorizationUrl: `${server.authorizationUrl}?prompt=consent`,
  tokenUrl: server.tokenUrl,
  clientId: "muster",
  clientSecret: SECRET,
  clientSecretIn: "body",
  scope: "scim offline_access",
  ...change,
});

/** A lane whose connection waits for access; `beforeAnswer` runs in the moment before the token endpoint's answer leaves. */
export async function openConsentLab(
  beforeAnswer: () => void = () => {},
): Promise<{ server: AuthorizationServer; lab: LaneLab }> {
  const server = await startAuthorizationServer((token) => {
    lab.app.setAuth({ scheme: "bearer", token });
    beforeAnswer();
  });
  const lab = await openLaneLab({ signIn: { addresses: [server.address], auth: authAt(server) } });
  lab.app.setAuth({ scheme: "bearer", token: "nobody has it yet" });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  return { server, lab };
}

/** What the app sends back with an administrator who was sent to it and agreed. */
export async function agree(authorizationUrl: string): Promise<{ state: string; code: string }> {
  const reply = await fetch(authorizationUrl, { redirect: "manual" });
  const back = new URL(reply.headers.get("location") ?? "");
  expect(back.href.startsWith(`${REDIRECT_URI}?`)).toBe(true);
  return { state: back.searchParams.get("state") ?? "", code: back.searchParams.get("code") ?? "" };
}

/** The whole way to the app and back. */
export async function giveAccess(lab: LaneLab): Promise<void> {
  const asked = { connectionId: lab.connectionId, redirectUri: REDIRECT_URI };
  const { authorizationUrl } = await beginConsent(lab, lab.owner, asked);
  await finishConsent(lab, lab.owner, await agree(authorizationUrl));
}

/** A worker of its own: it remembers no token. */
export function anotherWorker(
  lab: LaneLab,
  server: AuthorizationServer,
  crash: CrashPoints = createCrashPoints(undefined),
): { change: Pick<DrainDeps, "openConnector">; close(): Promise<void> } {
  const dialer = createDialer(parseEgressAllow([lab.app.address, server.address]));
  const deps = { ...lab, dialer, tokens: createTokenCache(() => systemClock.now()), clock: systemClock, crash };
  return {
    change: { openConnector: (tenantId, id) => openConnector(deps, tenantId, id) },
    close: () => dialer.close(),
  };
}

/** Drains the lane by a worker of its own. */
export async function drainByAnother(lab: LaneLab, server: AuthorizationServer, crash?: CrashPoints): Promise<void> {
  const worker = anotherWorker(lab, server, crash);
  try {
    await lab.drain(worker.change);
  } finally {
    await worker.close();
  }
}
