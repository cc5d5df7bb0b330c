import type { IdentityProvider } from "../identity-providers/identity-provider.ts";
import type { SampleApp } from "../sample-app/sample-app.ts";
import type { AdminApi } from "./admin-api.ts";
import { CONTRACTORS } from "./cast.ts";
import type { Narrator } from "./narrator.ts";

export type RemovalDeps = {
  api: AdminApi;
  app: SampleApp;
  jumpCloud: IdentityProvider;
  narrator: Narrator;
  connectionPath: string;
  settled(): Promise<number>;
};

/** More than the 20 that one cause may always remove. */
const PEOPLE = 24;

/** Deletes a group of many: the guard holds their removal until it is approved. */
export async function removeContractors(deps: RemovalDeps): Promise<void> {
  const { api, app, jumpCloud, narrator, connectionPath } = deps;
  narrator.step(`JumpCloud: ${CONTRACTORS}, ${PEOPLE} people, come and their group is deleted`);
  const members: string[] = [];
  for (let index = 1; index <= PEOPLE; index += 1)
    members.push(
      await jumpCloud.createUser({
        givenName: "Contractor",
        familyName: String(index),
        email: `contractor.${index}@acme.example`,
      }),
    );
  await jumpCloud.bindGroup({ name: CONTRACTORS, members });
  // Bound to the app in JumpCloud and assigned to nothing here: its members stay active people of the directory.
  await jumpCloud.bindGroup({ name: "Acme Newsletter", members });
  const active = (): number => app.users().filter((u) => u.active && u.userName.startsWith("contractor.")).length;
  narrator.line(`${await deps.settled().then(active)} have access in the app`);

  await jumpCloud.deleteGroup(CONTRACTORS);
  narrator.line(`JumpCloud got its 2xx; the gateway is done, ${await deps.settled().then(active)} still have access`);
  const holdsPath = `${connectionPath}/holds`;
  const page = await api.get(`${holdsPath}?state=held`);
  const holdPath = `${holdsPath}/${encodeURIComponent(page.text("items", "0", "id"))}`;
  const people = await api.get(`${holdPath}/people?pageSize=100`);
  const action = page.text("items", "0", "cause", "action");
  narrator.line(
    `held by the guard: ${action} of "${page.text("items", "0", "cause", "name")}", ${String(page.at("items", "0", "people"))} people by name, such as ${people.text("items", "0", "userName")}`,
  );
  const held = active();

  await api.post(`${holdPath}/approve`, undefined);
  const tookMs = await deps.settled();
  narrator.line(`approved: ${active()} have access`, tookMs);
  if (held !== PEOPLE || active() !== 0)
    throw new Error(`of ${PEOPLE} contractors ${held} had access while held and ${active()} after the approval`);
}
