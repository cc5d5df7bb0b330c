import { profileOf, type RemoteGroup } from "@muster/connectors";
import type { GroupPolicy } from "@muster/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type GroupLink,
  type GroupPlan,
  type GroupRules,
  type ObservedGroup,
  planGroup,
  toGroupRules,
} from "./plan-group.ts";

/** What the app has: groups by id. */
type AppGroup = { displayName: string; externalId: string | null; members: Set<string> };

const OURS = "our-group";
const PEOPLE = ["ana", "ben", "cyd", "dan"];

const policies = fc.record<GroupRules>({
  onLeave: fc.constantFrom("delete", "leave"),
  mayRename: fc.boolean(),
  updateMethod: fc.constantFrom("patch", "put"),
  foreign: fc.constant("link"),
  guardPercent: fc.constant(10),
  chunk: fc.integer({ min: 1, max: 3 }),
  unjudged: fc.constant(false),
  noCreate: fc.constant(null),
  mayDelete: fc.constant(true),
  reads: fc.constant(true),
});

/** Carries a plan out against an app in memory; the model keeps of its members only the difference, as the store does. */
function createModel(policy: GroupRules, app: Map<string, AppGroup>) {
  const trace: GroupPlan[] = [];
  let nextId = 1;
  const link: GroupLink = {
    groupId: OURS,
    remoteId: null,
    appliedName: null,
    made: false,
    former: null,
    verify: false,
    lookups: 0,
    decidedRemoteId: null,
  };
  let observed: ObservedGroup | null = null;
  let applied = new Set<string>();
  const current = (): AppGroup => {
    const group = app.get(link.remoteId ?? "");
    if (group === undefined) throw new Error("a linked group is there");
    return group;
  };
  const shown = (remoteId: string, group: AppGroup): RemoteGroup => ({
    ...group,
    remoteId,
    members: [...group.members],
  });

  function find(displayName: string | null): ObservedGroup {
    const candidates = [...app].filter(([id]) => id !== link.former?.remoteId);
    const byId = candidates.find(([, group]) => group.externalId === OURS);
    const byName = candidates.find(([, group]) => group.displayName === displayName);
    const [id, group] = byId ?? byName ?? [];
    if (id === undefined || group === undefined) return { kind: "missing", conflict: false };
    return { kind: "found", remote: shown(id, group) };
  }

  function take(plan: GroupPlan, displayName: string | null, wanted: ReadonlySet<string>): boolean {
    trace.push(plan);
    switch (plan.kind) {
      case "look":
        if (link.remoteId === null) observed = find(displayName);
        else {
          observed = { kind: "found", remote: shown(link.remoteId, current()) };
          link.verify = false;
          link.appliedName = current().displayName;
          applied = new Set([...current().members].filter((id) => PEOPLE.includes(id)));
        }
        return true;
      case "adopt":
        Object.assign(link, { remoteId: plan.remote.remoteId, appliedName: plan.remote.displayName, verify: true });
        link.made = plan.remote.externalId === OURS;
        observed = null;
        return true;
      case "create": {
        const id = `remote-${nextId++}`;
        app.set(id, { displayName: plan.displayName, externalId: OURS, members: new Set() });
        Object.assign(link, { remoteId: id, appliedName: plan.displayName, made: true, verify: false });
        observed = null;
        applied = new Set();
        return true;
      }
      case "rename":
        current().displayName = displayName ?? "";
        link.appliedName = displayName;
        return true;
      case "members": {
        const all =
          plan.change === "add"
            ? [...wanted].filter((id) => !applied.has(id))
            : [...applied].filter((id) => !wanted.has(id));
        for (const id of all.slice(0, policy.chunk)) {
          if (plan.change === "add") applied.add(id);
          else applied.delete(id);
          if (plan.change === "add") current().members.add(id);
          else current().members.delete(id);
        }
        return true;
      }
      case "replace": {
        const foreign = [...current().members].filter((id) => !PEOPLE.includes(id));
        current().members = new Set([...foreign, ...wanted]);
        applied = new Set(wanted);
        if (policy.mayRename && displayName !== null) {
          current().displayName = displayName;
          link.appliedName = displayName;
        }
        return true;
      }
      case "supersede":
        link.former = { remoteId: link.remoteId ?? "", name: link.appliedName };
        Object.assign(link, { remoteId: null, appliedName: null });
        applied = new Set();
        return true;
      case "restore":
        Object.assign(link, {
          remoteId: link.former?.remoteId,
          appliedName: link.former?.name,
          made: true,
          verify: true,
        });
        link.former = null;
        observed = null;
        return true;
      case "delete":
        app.delete(plan.remoteId);
        if (plan.former) link.former = null;
        else Object.assign(link, { remoteId: null, appliedName: null });
        return true;
      case "wait":
        link.lookups += 1;
        observed = null;
        return true;
      case "none":
      case "forget":
      case "held":
      case "refuse":
        return false;
    }
  }

  return {
    trace,
    link,
    /** Works until nothing is left, or for so many steps. */
    push(displayName: string | null, members: readonly string[], steps = 60): void {
      const wanted = new Set(displayName === null ? [] : members);
      observed = null;
      for (let step = 0; step < steps; step += 1) {
        const pending = {
          additions: [...wanted].filter((id) => !applied.has(id)).length,
          removals: [...applied].filter((id) => !wanted.has(id)).length,
          guarded: 0,
        };
        if (!take(planGroup({ displayName, link, policy, observed, pending }), displayName, wanted)) return;
      }
      if (steps === 60) throw new Error(`leads nowhere: ${trace.map((plan) => plan.kind).join(" ")}`);
    },
    /** The process dies and another takes over: what the app has is uncertain. */
    die(): void {
      link.verify = true;
      link.lookups = 2;
    },
  };
}

const moments = fc.array(
  fc.record({
    displayName: fc.constantFrom("Staff", "People", "Team"),
    members: fc.subarray(PEOPLE),
    diesAfter: fc.option(fc.integer({ min: 0, max: 6 }), { nil: null }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe("G10: the plan of a group", () => {
  it("ends with one group of the right name and members, whatever changed and wherever workers died on the way", () => {
    fc.assert(
      fc.property(policies, moments, (policy, changes) => {
        const app = new Map<string, AppGroup>();
        const model = createModel(policy, app);
        for (const { displayName, members, diesAfter } of changes) {
          if (diesAfter !== null) {
            model.push(displayName, members, diesAfter);
            model.die();
          }
          model.push(displayName, members);
        }

        const last = changes.at(-1);
        expect([...app.values()]).toEqual([
          { displayName: last?.displayName, externalId: OURS, members: new Set(last?.members) },
        ]);
        expect(model.link.former).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it("takes people out before it lets anybody in", () => {
    fc.assert(
      fc.property(policies, fc.subarray(PEOPLE), fc.subarray(PEOPLE), (policy, before, after) => {
        const model = createModel({ ...policy, updateMethod: "patch" }, new Map());
        model.push("Staff", before);
        model.trace.length = 0;
        model.push("Staff", after);
        const changes = model.trace.flatMap((plan) => (plan.kind === "members" ? [plan.change] : []));

        expect(changes).toEqual([...changes].sort().reverse());
      }),
    );
  });

  it("takes away what it made, and of what it adopted only our people", () => {
    fc.assert(
      fc.property(policies, fc.subarray(PEOPLE), fc.boolean(), (policy, members, adopted) => {
        const there: AppGroup = { displayName: "Staff", externalId: null, members: new Set(["guest"]) };
        const app = new Map(adopted ? [["hand-made", there]] : []);
        const model = createModel(policy, app);
        if (adopted) model.die();
        model.push("Staff", members);
        model.push(null, []);
        const left = [...app.values()].map((group) => [...group.members].sort());

        if (policy.onLeave === "leave") expect(left).toEqual([[...(adopted ? ["guest"] : []), ...members].sort()]);
        else expect(left).toEqual(adopted ? [["guest"]] : []);
      }),
    );
  });

  it("X11: makes and deletes no group where the app lets none be made or deleted, and says so", () => {
    const policy: GroupPolicy = {
      onLeave: "delete",
      mayRename: true,
      updateMethod: "put",
      foreign: "link",
      guardPercent: 10,
      chunk: 5_000,
      unjudged: false,
    };
    const there: AppGroup = { displayName: "Staff", externalId: null, members: new Set(["guest"]) };
    const app = new Map<string, AppGroup>();
    const model = createModel(toGroupRules(policy, profileOf("miro")), app);

    model.push("Staff", ["ana"]);
    const [, refused] = model.trace;
    app.set("hand-made", there);
    model.push("Staff", ["ana"]);
    const members = [...there.members];
    model.push(null, []);

    expect(refused).toMatchObject({ kind: "refuse", reason: expect.stringContaining("Miro lets no group be made") });
    expect(members).toEqual(["guest", "ana"]);
    expect(app).toEqual(new Map([["hand-made", { ...there, members: new Set(["guest"]) }]]));
    expect(model.trace.map((plan) => plan.kind)).not.toContain("replace");
  });
});
