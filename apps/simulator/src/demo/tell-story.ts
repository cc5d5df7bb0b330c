import type { ActivationReport, IdentityProvider } from "../identity-providers/identity-provider.ts";
import type { SampleApp } from "../sample-app/sample-app.ts";
import { ADMINS, CAST, type CastKey, ENGINEERING, type GroupName, NEW_NAME, STAFF } from "./cast.ts";
import type { Narrator } from "./narrator.ts";
import { waitUntil } from "./wait-until.ts";

export type StoryDeps = {
  app: SampleApp;
  jumpCloud: IdentityProvider;
  narrator: Narrator;
  /** Waits until the gateway says that nothing is left to do. */
  settled(): Promise<number>;
  signal: AbortSignal;
};

type Wanted = { active: boolean; role?: string };
type Seen = (userName: string, wanted: Wanted) => Promise<number>;

/** Lets a tenant live: activation, people and groups, a rename, a promotion, a leaver, the end of a group. */
export async function tellStory(deps: StoryDeps): Promise<ActivationReport> {
  const { jumpCloud, narrator } = deps;
  narrator.step("JumpCloud: activate the integration");
  const activation = await jumpCloud.activate();
  for (const { name, durationMs } of activation.steps) narrator.line(name, durationMs);

  const ids = await bindEverybody(deps);
  await renameSomebody(deps, ids);
  await promoteSomebody(deps, ids);
  await suspendLeaver(deps, ids);
  await deleteEngineering(deps);
  return activation;
}

type Ids = Record<CastKey, string>;

const KEYS = Object.keys(CAST) as CastKey[];

async function bindEverybody(deps: StoryDeps): Promise<Ids> {
  const { app, jumpCloud, narrator } = deps;
  narrator.step("JumpCloud: bind three groups to the app");
  const pairs: [CastKey, string][] = [];
  for (const key of KEYS) pairs.push([key, await jumpCloud.createUser(CAST[key].person)]);
  const ids = Object.fromEntries(pairs) as Ids;
  const membersOf = (group: GroupName): string[] =>
    KEYS.filter((key) => (CAST[key].groups as readonly string[]).includes(group)).map((key) => ids[key]);

  for (const name of [STAFF, ENGINEERING, ADMINS] as const) {
    const startedAtMs = performance.now();
    const members = membersOf(name);
    await jumpCloud.bindGroup({ name, members });
    narrator.line(`${name}: ${members.length} people sent`, performance.now() - startedAtMs);
  }
  const tookMs = await deps.settled();
  narrator.line(`the gateway is done: ${app.users().length} accounts in the app`, tookMs);
  const seen = seenIn(deps);
  await seen(CAST.ana.person.email, { active: true, role: "editor" });
  await seen(CAST.chen.person.email, { active: true, role: "admin" });
  await seen(CAST.greta.person.email, { active: true, role: "viewer" });
  narrator.line(`${ADMINS} are admin, ${ENGINEERING} are editor, everybody else is viewer`);
  return ids;
}

async function renameSomebody(deps: StoryDeps, ids: Ids): Promise<void> {
  const { app, jumpCloud, narrator } = deps;
  narrator.step("JumpCloud: Elif Kaya becomes Elif Demir, with a new e-mail address");
  const before = app.user(CAST.elif.person.email);
  await jumpCloud.renameUser(ids.elif, NEW_NAME);
  const tookMs = await seenIn(deps)(NEW_NAME.email, { active: true, role: "viewer" });
  if (app.user(NEW_NAME.email)?.id !== before?.id) throw new Error("the renamed person has another account");
  narrator.line(`the same account is now ${NEW_NAME.email}`, tookMs);
  await deps.settled();
}

async function promoteSomebody(deps: StoryDeps, ids: Ids): Promise<void> {
  deps.narrator.step(`JumpCloud: Ben Okafor joins ${ADMINS}`);
  await deps.jumpCloud.addToGroup(ADMINS, ids.ben);
  const tookMs = await seenIn(deps)(CAST.ben.person.email, { active: true, role: "admin" });
  deps.narrator.line("editor became admin in the app", tookMs);
  await deps.settled();
}

async function suspendLeaver(deps: StoryDeps, ids: Ids): Promise<void> {
  deps.narrator.step("JumpCloud: Femi Adeyemi leaves and is suspended");
  await deps.jumpCloud.suspend(ids.femi);
  const tookMs = await seenIn(deps)(CAST.femi.person.email, { active: false });
  deps.narrator.line("the account is inactive in the app", tookMs);
  await deps.settled();
}

async function deleteEngineering(deps: StoryDeps): Promise<void> {
  const { jumpCloud, narrator } = deps;
  narrator.step(`JumpCloud: ${ENGINEERING} is deleted`);
  await jumpCloud.deleteGroup(ENGINEERING);
  const seen = seenIn(deps);
  const roleMs = await seen(CAST.ana.person.email, { active: true, role: "viewer" });
  narrator.line("who was editor by it is viewer now", roleMs);
  const leaveMs = await seen(CAST.liam.person.email, { active: false });
  narrator.line("Liam Byrne, in no other group, is inactive", leaveMs);
  const tookMs = await deps.settled();
  narrator.line("the gateway is done", tookMs);
}

function seenIn({ app, signal }: StoryDeps): Seen {
  return (userName, wanted) =>
    waitUntil(`${userName} is as expected in the app`, () => missingIn(app, userName, wanted), { signal });
}

function missingIn(app: SampleApp, userName: string, wanted: Wanted): string | undefined {
  const user = app.user(userName);
  if (user === undefined) return "there is no such account";
  if (user.active !== wanted.active) return `active is ${user.active}`;
  if (wanted.role !== undefined && user.roles.join() !== wanted.role) return `roles are [${user.roles.join(", ")}]`;
  return undefined;
}
