// Locks the folder named by the first argument, says so, and stays until it is killed.
import { lockDataDir } from "./data-dir.ts";

const [dataDir = ""] = process.argv.slice(2);
try {
  await lockDataDir(dataDir);
  console.log("locked");
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(error instanceof Error ? error.name : "unknown");
}
