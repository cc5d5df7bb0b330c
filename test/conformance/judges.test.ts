import { readFileSync } from "node:fs";
import path from "node:path";
import { describeWhere } from "@muster/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEndpoint } from "./endpoint.ts";
import { findPython, runJudge } from "./judges/run-judge.ts";
import { compareVerdicts, type Deviation } from "./judges/verdicts.ts";

const folder = path.join(import.meta.dirname, "judges");
const deviations = JSON.parse(readFileSync(path.join(folder, "deviations.json"), "utf8")) as Deviation[];

/** With what each passes when all goes well, less a little: a judge that gives up half-way is no judge. */
const judges = [
  { judge: "scim2-tester", script: "run-scim2-tester.py", atLeast: 125 },
  { judge: "scim-sanity", script: "run-scim-sanity.py", atLeast: 25 },
  { judge: "scim2-client", script: "use-scim2-client.py", atLeast: 20 },
] as const;

const python = findPython("import httpx2, scim2_client, scim2_models, scim2_tester, scim_sanity");
const need = {
  name: "judge",
  isHere: python !== null,
  cure: "pip install -r test/conformance/judges/requirements.txt",
  setting: "MUSTER_TEST_PYTHON",
};

describeWhere(need, "B1, B2, B3: third-party judges of the SCIM endpoint", () => {
  let endpoint: Awaited<ReturnType<typeof openEndpoint>>;
  beforeAll(async () => {
    endpoint = await openEndpoint();
  });
  afterAll(async () => {
    await endpoint.close();
  });

  it.each(judges)("$judge finds nothing that is not listed with the section that makes us right", async (one) => {
    const { code, verdicts, complaints } = await runJudge(python ?? "", one.script, endpoint);

    const listed = deviations.filter(({ judge }) => judge === one.judge);
    expect({ ...compareVerdicts(verdicts, listed), code, complaints: code === 0 ? "" : complaints }).toEqual({
      unexplained: [],
      outdated: [],
      code: 0,
      complaints: "",
    });
    expect(verdicts.filter(({ outcome }) => outcome === "passed").length).toBeGreaterThanOrEqual(one.atLeast);
  });

  it("every listed deviation is of a judge that runs, and cites a section", () => {
    const names: readonly string[] = judges.map(({ judge }) => judge);
    for (const { judge, section, why } of deviations) {
      expect(names).toContain(judge);
      expect(section).toMatch(/^RFC \d{4} sections? \d/);
      expect(why.length).toBeGreaterThan(20);
    }
  });
});
