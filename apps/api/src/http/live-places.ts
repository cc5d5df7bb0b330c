import { AccessRefused } from "./access-refused.ts";

/** Answers that go on hold a connection each: one caller has so many places, and all of a process so many. */
const PER_CALLER = 6;
const IN_ALL = 300;
const TOO_MANY = "Too many live answers are open: end some, or read the status now and then instead";

/** Counts the answers of this process that go on. */
export type LivePlaces = {
  /** Takes a place for a key or session, by its public id, until what is given back is called; throws 429 when none is left. */
  take(credentialId: string): () => void;
};

/** Makes the count of one process. */
export function createLivePlaces(): LivePlaces {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(credentialId) {
      const own = taken.get(credentialId) ?? 0;
      if (own >= PER_CALLER || all >= IN_ALL) throw new AccessRefused(429, TOO_MANY, { waitMs: 30_000 });
      taken.set(credentialId, own + 1);
      all += 1;
      return () => {
        const left = (taken.get(credentialId) ?? 1) - 1;
        if (left === 0) taken.delete(credentialId);
        else taken.set(credentialId, left);
        all -= 1;
      };
    },
  };
}
