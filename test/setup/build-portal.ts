import { spawnSync } from "node:child_process";
import path from "node:path";

const script = path.join(import.meta.dirname, "../../apps/gateway/src/build-portal.ts");

/** Builds the portal as `npm start` does, before any test asks for it: nothing, when it is built from these sources already. */
export default function setUp(): void {
  const built = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`The portal could not be built: ${built.stdout}${built.stderr}`);
}
