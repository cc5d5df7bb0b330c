import type { SampleApp } from "@muster/simulator";
import { waitFor } from "@muster/testkit";
import type { Tenant } from "../e2e/stage.ts";
import type { PortalScene } from "./portal-scene.ts";

/** Where what is shown lies. */
export type Showroom = { tenant: string; directoryId: string; userId: string; connection: string };

const PEOPLE = [
  ["Ana", "Silva", "Engineering", "Staff Engineer"],
  ["Ben", "Okafor", "Engineering", "Engineer"],
  ["Chen", "Wei", "IT", "IT Administrator"],
  ["Dana", "Levi", "Engineering", "Engineer"],
  ["Elif", "Demir", "Sales", "Account Executive"],
  ["Femi", "Adeyemi", "Engineering", "Engineer"],
  ["Greta", "Lund", "Sales", "Account Executive"],
  ["Hugo", "Martin", "Finance", "Controller"],
  ["Iris", "Novak", "IT", "Systems Engineer"],
  ["Jonas", "Berg", "Finance", "Accountant"],
  ["Kira", "Tanaka", "Sales", "Head of Sales"],
  ["Liam", "Byrne", "Engineering", "Contractor"],
] as const;

/** Fills a gateway with what a small company looks like in the middle of its life: most is well, a little waits for somebody. */
export async function fillShowroom({ stage, shop }: PortalScene): Promise<Showroom> {
  const app = await shop.startApp();
  const roles = ["Admin", "Editor", "Viewer"].map((name) => ({ key: name.toLowerCase(), name }));
  const ledger = await stage.admin.post("/apps", { name: "Ledger", roles });
  const look = { name: "Ledger", colour: "#0b7285", embedOrigins: ["https://app.ledger.example"] };
  await stage.admin.send("PATCH", "/branding", look);
  const globex = await stage.newTenant({ name: "Globex", provider: "jumpcloud" });
  // Somebody of the app who was there before.
  const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
  const emails = [{ value: "kira.tanaka@globex.example", type: "work", primary: true }];
  app.putUserByHand({ schemas, userName: "kira.tanaka@globex.example", displayName: "Kira T.", emails });

  const connection = await connect(stage.admin, globex, app, ledger.body.id);
  const ids = await addPeople(globex);
  await rule(stage.admin, connection);
  await globex.scim.post("/Users", { userName: "ana.silva@globex.example" });
  await shop.settled(connection);
  await waitFor(async () => (await stage.admin.get(`/connections/${connection}/conflicts`)).body.items.length > 0, {
    timeoutMs: 60_000,
    what: "the conflict that is shown",
  });

  await join(stage.admin, globex, connection);
  const initech = await stage.newTenant({ name: "Initech", provider: "okta" });
  const paused = await connect(stage.admin, initech, app, ledger.body.id);
  await stage.admin.post(`/connections/${paused}/pause`, {});
  return {
    tenant: `/tenants/${globex.id}`,
    directoryId: globex.directoryId,
    userId: ids[0] ?? "",
    connection: `/connections/${connection}`,
  };
}

type Admin = PortalScene["stage"]["admin"];

async function connect(admin: Admin, tenant: Tenant, app: SampleApp, appId: string): Promise<string> {
  const { body } = await admin.post(`/tenants/${tenant.id}/connections`, {
    appId,
    directoryId: tenant.directoryId,
    target: { kind: "scim", baseUrl: app.baseUrl, auth: app.auth() },
    settings: { adoption: { foreign: "ask" } },
  });
  return body.id;
}

async function addPeople({ scim }: Tenant): Promise<string[]> {
  const ids: string[] = [];
  for (const [givenName, familyName, department, title] of PEOPLE) {
    const userName = `${givenName}.${familyName}@globex.example`.toLowerCase();
    const { id } = await scim.createUser({
      userName,
      displayName: `${givenName} ${familyName}`,
      name: { givenName, familyName },
      title,
      emails: [{ value: userName, type: "work", primary: true }],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department },
    });
    ids.push(id);
  }
  const membersOf = (wanted: (person: (typeof PEOPLE)[number]) => boolean) =>
    PEOPLE.flatMap((person, place) => (wanted(person) ? [{ value: ids[place] ?? "" }] : []));
  await scim.createGroup({ displayName: "Globex Staff", members: membersOf(([, name]) => name !== "Byrne") });
  for (const department of ["Engineering", "IT", "Sales", "Finance"])
    await scim.createGroup({
      displayName: `Globex ${department}`,
      members: membersOf(([, , one]) => one === department),
    });
  return ids;
}

/** Somebody who joins once access needs a word, and waits for it. */
async function join(admin: Admin, { scim }: Tenant, connection: string): Promise<void> {
  const at = `/connections/${connection}`;
  await admin.send("PATCH", at, { settings: { approvals: ["create"] } });
  const value = "mona.ruiz@globex.example";
  const { id } = await scim.createUser({
    userName: value,
    displayName: "Mona Ruiz",
    name: { givenName: "Mona", familyName: "Ruiz" },
    title: "Engineer",
    emails: [{ value, type: "work", primary: true }],
  });
  const { body } = await scim.get(`/Groups?filter=${encodeURIComponent('displayName eq "Globex Staff"')}`);
  const [staff] = body["Resources"] as { id: string }[];
  await scim.patch(`/Groups/${staff?.id ?? ""}`, { op: "add", path: "members", value: [{ value: id }] });
  await waitFor(async () => (await admin.get(`${at}/approvals`)).body.items.length > 0, {
    timeoutMs: 60_000,
    what: "the step that waits for approval",
  });
}

async function rule(admin: Admin, connection: string): Promise<void> {
  const at = `/connections/${connection}`;
  const group = (displayName: string, role: string) => ({ group: { displayName }, role });
  const rules = [group("Globex Engineering", "editor"), group("Globex Staff", "viewer")];
  await admin.put(`${at}/assignments`, { groups: [{ displayName: "Globex Staff" }] });
  await admin.put(`${at}/rules`, { precedence: "first", defaultRole: null, rules });
  await admin.put(`${at}/rules`, {
    precedence: "first",
    defaultRole: "viewer",
    rules: [group("Globex IT", "admin"), ...rules],
  });
  await admin.put(`${at}/lockout-guard`, { people: [{ userName: "chen.wei@globex.example" }], roles: ["admin"] });
}
