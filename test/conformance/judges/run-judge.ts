import { execFile, execFileSync } from "node:child_process";
import path from "node:path";
import { findProgram } from "@muster/testkit";
import type { Endpoint } from "../driver.ts";
import { readVerdicts, type Verdict } from "./verdicts.ts";

/** How long a judge may take; they need about ten seconds on two busy cores. */
const LIMIT_MS = 110_000;

/** Finds a Python that can do these imports, as requirements.txt brings them: MUSTER_TEST_PYTHON, else `python3`; null without one. */
export function findPython(imports: string, env: NodeJS.ProcessEnv = process.env): string | null {
  const python = env["MUSTER_TEST_PYTHON"] ?? findProgram("python3");
  if (python === null) return null;
  try {
    execFileSync(python, ["-c", imports], { stdio: "ignore", timeout: 60_000 });
    return python;
  } catch {
    return null;
  }
}

/** Runs one of the scripts beside this file against an endpoint. */
export async function runJudge(
  python: string,
  script: string,
  endpoint: Endpoint,
): Promise<{ code: number; verdicts: Verdict[]; complaints: string }> {
  return await new Promise((resolve) => {
    execFile(
      python,
      [path.join(import.meta.dirname, script)],
      {
        timeout: LIMIT_MS,
        maxBuffer: 64 * 1024 * 1024,
        env: {
          PYTHONDONTWRITEBYTECODE: "1",
          MUSTER_CONFORMANCE_URL: endpoint.url,
          MUSTER_CONFORMANCE_TOKEN: endpoint.token,
        },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, verdicts: readVerdicts(stdout), complaints: stderr });
      },
    );
  });
}
