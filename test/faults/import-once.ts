import { applyBatch, type PeopleBatch } from "@muster/directory";
import { createCrashPoints } from "@muster/runtime";
import { openDatabase } from "@muster/store";

/** What a process that applies one batch is told, as its one argument. */
export type ImportInput = {
  databaseUrl: string;
  tenantId: string;
  directoryId: string;
  people: number;
  removals: PeopleBatch["removals"];
  crash: string;
};

// Applies one batch of a made-up source in a process of its own, which may be killed in the middle of it.
const input: ImportInput = JSON.parse(process.argv[2] ?? "{}");
const db = openDatabase({ url: input.databaseUrl, maxConnections: 2, applicationName: "import" });
const people = Array.from({ length: input.people }, (_, n) => ({
  userName: `imported-${n}`,
  externalId: `source-${n}`,
  active: true,
  attributes: {},
}));
const scope = { tenantId: input.tenantId, directoryId: input.directoryId, actor: "import" };
const { value } = await applyBatch({ db, crash: createCrashPoints(input.crash) }, scope, {
  people,
  removals: input.removals,
  complete: true,
});
process.stdout.write(`${JSON.stringify(value)}\n`);
await db.close();
