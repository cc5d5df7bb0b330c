import { createJumpCloud } from "../identity-providers/jumpcloud.ts";
import type { SampleApp } from "../sample-app/sample-app.ts";
import { startSampleApp } from "../sample-app/start-sample-app.ts";
import { type AdminApi, createAdminApi } from "./admin-api.ts";
import { CAST, ROLES } from "./cast.ts";
import { compareApp } from "./compare-app.ts";
import type { DemoConfig } from "./demo-config.ts";
import type { Narrator } from "./narrator.ts";
import { onboard } from "./onboard.ts";
import { removeContractors } from "./remove-contractors.ts";
import { type Gateway, notReady, startGateway } from "./start-gateway.ts";
import { tellStory } from "./tell-story.ts";
import { waitUntil } from "./wait-until.ts";

export type DemoDeps = {
  narrator: Narrator;
  signal: AbortSignal;
  /** Waits until the user wants to end; called with `--keep` only. */
  untilInterrupted(): Promise<void>;
  /** Default: the gateway of this repository. */
  gatewayScript?: string;
};

/**
 * Runs the demo from start to clean-up and lists what went wrong; empty means that the app ended exactly as it should.
 *
 * @throws when a step fails for good; everything started has been stopped by then
 */
export async function runDemo(deps: DemoDeps, config: DemoConfig): Promise<string[]> {
  await using resources = new AsyncDisposableStack();
  const { narrator } = deps;
  narrator.say("Muster demo: a JumpCloud tenant, the gateway, and a SaaS app that knows nothing of either");

  narrator.step("Start the sample app");
  const roleKeys = ROLES.map((role) => role.key);
  const app = await startSampleApp({ port: config.appPort, roleKeys, ids: "odd" });
  resources.defer(() => app.close());
  narrator.line(`a strict SCIM 2.0 server at ${app.baseUrl}`);

  const gateway = await openGateway(deps, config, app);
  resources.defer(() => gateway.stop());
  const api = createAdminApi(gateway);

  narrator.step("Onboard Acme through the admin API");
  const startedAtMs = performance.now();
  const onboarded = await onboard(api, { baseUrl: app.baseUrl, auth: app.auth() });
  narrator.line("app with three roles, tenant, JumpCloud directory, connection", performance.now() - startedAtMs);
  narrator.line(`JumpCloud's endpoint URL: ${onboarded.endpointUrl}`);
  narrator.line("assignments and rules are by group name; the groups do not exist yet");

  const connectionPath = `/api/v1/connections/${encodeURIComponent(onboarded.connectionId)}`;
  const statusPath = `${connectionPath}/status`;
  const { endpointUrl, bearerToken } = onboarded;
  const jumpCloud = createJumpCloud({ endpointUrl, bearerToken });
  const settled = () => waitUntil("the gateway has settled", () => unsettled(api, statusPath), { signal: deps.signal });
  const activation = await tellStory({ app, jumpCloud, narrator, settled, signal: deps.signal });
  await removeContractors({ api, app, jumpCloud, narrator, connectionPath, settled });

  narrator.step("The end: who is in the app");
  printUsers(narrator, app);
  const endings = Object.values(CAST).map((member) => member.ending);
  const wrong = [
    ...compareApp({ users: app.users(), duplicates: app.duplicates() }, endings),
    ...(await wrongInGateway(api, onboarded.tenantId, statusPath, activation.userName)),
  ];
  printVerdict(narrator, app, wrong);
  if (config.keep) {
    sayWhatRuns(narrator, { app, gateway, ownGateway: config.gateway.kind === "start" });
    await deps.untilInterrupted();
  }
  return wrong;
}

async function openGateway(deps: DemoDeps, config: DemoConfig, app: SampleApp): Promise<Gateway> {
  const { narrator, signal } = deps;
  const startedAtMs = performance.now();
  if (config.gateway.kind === "running") {
    const { url, apiKey } = config.gateway;
    narrator.step("Use the gateway that runs already");
    await waitUntil("the gateway is ready", () => notReady(url), { signal });
    narrator.line(`ready at ${url}`, performance.now() - startedAtMs);
    return { url, apiKey, stop: async () => {} };
  }
  narrator.step("Start the gateway");
  const gateway = await startGateway({
    egressAllow: app.address,
    passedOn: config.gateway.passedOn,
    signal,
    ...(deps.gatewayScript !== undefined && { script: deps.gatewayScript }),
  });
  narrator.line(`ready at ${gateway.url}`, performance.now() - startedAtMs);
  return gateway;
}

async function unsettled(api: AdminApi, statusPath: string): Promise<string | undefined> {
  const status = await api.get(statusPath);
  if (status.at("settled") === true) return undefined;
  return `status is ${JSON.stringify(status.at())}`;
}

const UNHAPPY = ["pending", "failing", "stopped", "held"];

/** What the gateway itself says: no account in trouble, and no trace of the activation's test person in the directory. */
async function wrongInGateway(api: AdminApi, tenantId: string, statusPath: string, testUserName: string) {
  const status = await api.get(statusPath);
  const unhappy = UNHAPPY.filter((state) => status.at("accounts", state) !== 0).map(
    (state) => `the gateway counts ${JSON.stringify(status.at("accounts", state))} accounts as ${state}`,
  );
  const users = await api.get(`/api/v1/tenants/${encodeURIComponent(tenantId)}/users`);
  const listed = JSON.stringify(users.at("items") ?? []);
  return listed.includes(testUserName) ? [...unhappy, `the test person ${testUserName} is still listed`] : unhappy;
}

function printUsers(narrator: Narrator, app: SampleApp): void {
  const rows = app
    .users()
    .sort((left, right) => left.userName.localeCompare(right.userName))
    .map((user) => [
      String(user.raw["displayName"] ?? ""),
      user.userName,
      user.active ? "yes" : "no",
      user.roles.join(", ") || "-",
    ]);
  narrator.table(["person", "userName", "active", "role"], rows);
}

function printVerdict(narrator: Narrator, app: SampleApp, wrong: readonly string[]): void {
  const { total, users, activeUsers } = app.counts();
  narrator.say("");
  narrator.say(`    ${users} accounts, ${activeUsers} active, ${total} requests to the app`);
  narrator.say("");
  if (wrong.length === 0) {
    narrator.say("All is as it should be: everybody has one account, with the right role, and leavers are out.");
    return;
  }
  narrator.say("This is not as it should be:");
  for (const line of wrong) narrator.say(`  - ${line}`);
}

function sayWhatRuns(narrator: Narrator, running: { app: SampleApp; gateway: Gateway; ownGateway: boolean }): void {
  const { app, gateway } = running;
  narrator.say("");
  narrator.say("Left running until Ctrl-C:");
  narrator.say(`  gateway and portal   ${gateway.url}`);
  // The key of a gateway that the demo started is good for nothing else; one that was handed in stays unsaid.
  if (running.ownGateway) narrator.say(`  API key              ${gateway.apiKey}`);
  narrator.say(`  the app's accounts   ${app.controlUrl}/state`);
  narrator.say(`  the app's requests   ${app.controlUrl}/ledger`);
}
