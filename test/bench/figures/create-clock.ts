import type { HttpReply } from "../load/read-reply.ts";
import { textOf, toObject } from "../stage/admin-client.ts";
import type { SampleAppProcess } from "../stage/sample-app.ts";

export type CreateClock = {
  /** Notes who was created, and when that says itself (`meta.created`). */
  note(reply: HttpReply): void;
  created(): number;
  /** From each creation to the request at the app, ascending. */
  latenciesMs(app: SampleAppProcess): Promise<Float64Array>;
};

/**
 * Tells the time from the moment that a person was written to the request at the app. `meta.created` is the time of the
 * transaction, so the commit is in it. Both ends read the clock of the same machine.
 */
export function createClock(): CreateClock {
  const createdAtMs = new Map<string, number>();
  return {
    note(reply) {
      if (reply.status !== 201) return;
      const user = toObject(JSON.parse(reply.body.toString("utf8")));
      createdAtMs.set(textOf(user, "userName"), Date.parse(textOf(toObject(user["meta"]), "created")));
    },
    created: () => createdAtMs.size,
    async latenciesMs(app) {
      const found: number[] = [];
      for (const entry of await app.ledger()) {
        const createdMs = createdAtMs.get(String(entry["userName"]));
        if (entry["method"] === "POST" && createdMs !== undefined) found.push(Number(entry["atMs"]) - createdMs);
      }
      return Float64Array.from(found).sort();
    },
  };
}
