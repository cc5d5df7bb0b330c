import { deleteUser } from "@muster/directory";
import { putAssignments, putMapping } from "@muster/provisioning";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restDialect, restOptions } from "./kinds/rest-dialect.ts";
import { type ScriptedApp, startScriptedApp } from "./kinds/scripted-app.ts";
import { type LaneLab, openLaneLab } from "./lane-lab.ts";

describe("H10: a REST target that is searched by name alone", () => {
  let app: ScriptedApp;
  let lab: LaneLab;

  beforeAll(async () => {
    app = await startScriptedApp(restDialect);
    const { operations } = restOptions;
    const options = { ...restOptions, operations: { ...operations, find: { userName: operations.find.userName } } };
    lab = await openLaneLab({
      other: { kind: "rest", profile: null, ...app, auth: { scheme: "bearer", token: "t" }, options },
      settings: { updateMethod: "put", ratePerSecond: null },
    });
    await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
  });
  afterAll(async () => {
    await lab.close();
    await app.close();
  });

  it("F28: a leaver whose create got no answer is looked up by the name that the mapping gives them", async () => {
    const rows = [
      { target: "userName", expression: 'user.userName.split("@")[0]' },
      { target: "active", expression: "user.active" },
    ];
    await putMapping(lab, lab.owner, lab.connectionId, rows);
    app.script("create", { kind: "lose" });
    const { id } = await lab.createUser({ userName: "ada@acme.example" });
    await lab.drainOnce();
    await deleteUser(lab, lab.scope, { id, expected: null });
    await lab.passTime();
    await lab.drain();

    expect([...app.accounts.values()]).toMatchObject([{ userName: "ada", externalId: id, active: false }]);
  });
});
