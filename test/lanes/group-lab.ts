import { changeGroup, createGroup } from "@muster/directory";
import { type ConnectionSettings, editConnection, type GroupSettings, putAssignments } from "@muster/provisioning";
import type { LedgerEntry, SampleAppOptions } from "@muster/simulator";
import { inTenant } from "@muster/store";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

/** A lane whose connection pushes groups. */
export type GroupLab = LaneLab & {
  person(userName: string): Promise<string>;
  group(displayName: string, members?: readonly string[]): Promise<string>;
  change(id: string, members: { add?: string[]; remove?: string[]; replaceAll?: boolean }): Promise<unknown>;
  rename(id: string, displayName: string): Promise<unknown>;
  assign(ids: readonly string[], everyone?: boolean): Promise<unknown>;
  set(groups: Partial<GroupSettings>): Promise<unknown>;
  /** The app's groups by name, with the userNames of who is in them. */
  groupsIn(): Record<string, string[]>;
  states(): Promise<{ state: string; reason: string | null }[]>;
  /** Requests about groups with this method. */
  sent(method: string): LedgerEntry[];
};

export async function openGroupLab(
  options: { app?: SampleAppOptions; groups?: Partial<GroupSettings>; settings?: Partial<ConnectionSettings> } = {},
): Promise<GroupLab> {
  const { app, groups = { mode: "assigned" }, settings = {} } = options;
  const lab = await openLaneLab({ ...(app === undefined ? {} : { app }), settings: { ...settings, groups } });
  return {
    ...lab,
    person: async (userName) => (await lab.createUser({ userName })).id,
    async group(displayName, members = []) {
      const state = { displayName, externalId: null, attributes: {} };
      return (await createGroup(lab, lab.scope, { group: state, members })).value.record.id;
    },
    change: (id, members) =>
      changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
        group: current,
        changed: false,
        members: { replaceAll: false, add: [], remove: [], ...members },
      })),
    rename: (id, displayName) =>
      changeGroup(lab, lab.scope, { id, expected: null, answerMembers: false }, (current) => ({
        group: { ...current, displayName },
        changed: true,
        members: null,
      })),
    assign: (ids, everyone = false) =>
      putAssignments(lab, lab.owner, lab.connectionId, { everyone, groups: ids.map((id) => ({ id })) }),
    set: (change) => editConnection(lab, lab.owner, lab.connectionId, { settings: { groups: change } }),
    groupsIn() {
      const names = new Map(lab.app.users().map((user) => [user.id, user.userName]));
      const named = (id: string): string => names.get(id) ?? id;
      return Object.fromEntries(lab.app.groups().map((one) => [one.displayName, one.members.map(named).sort()]));
    },
    states: () =>
      inTenant(lab.db, lab.scope.tenantId, (tx) =>
        tx.run(tx.sql.selectFrom("remote_groups").select(["state", "reason"]).orderBy("group_id")),
      ),
    sent: (method) => lab.app.ledger().filter((entry) => entry.method === method && entry.path.startsWith("/Groups")),
  };
}
