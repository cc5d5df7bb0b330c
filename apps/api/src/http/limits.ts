import { createVerifierCache } from "@muster/credentials";
import type { Clock } from "@muster/runtime";
import { AccessRefused } from "./access-refused.ts";
import type { Caller } from "./caller.ts";
import { createTokenBuckets } from "./token-buckets.ts";

export type LimitSettings = {
  /** Requests a second that a directory may send for ever, unless it is set to another figure; twice as many at once. */
  inboundPerSecond: number;
  /** Failed authentications a minute from one address prefix. */
  failuresPerMinute: number;
};

/** What keeps one caller from taking more than a share. In memory: each process counts what it sees (ADR 0013). */
export type Limits = {
  /** Counts a request of a directory; throws 429 when there are too many. */
  admit(directoryId: string, perSecond: number | null): void;
  /** Answers a wrong credential: 401 in these words, or 429 from where there were too many of them. Never returns. */
  refuse(caller: Caller, detail: string): never;
  /** Before the database is asked about a credential: throws 429 where wrong ones came from in numbers, unless it was right before. */
  beforeLookUp(caller: Caller, publicId: string): void;
  /** Counts a sign-in that somebody begins, which costs a row and a question to the identity provider; throws 429 when there are too many. */
  beginSignIn(caller: Caller): void;
  /** Counts that somebody who is not known yet asks about a link by its id; throws 429 when there are too many. */
  lookAtLink(caller: Caller): void;
  /** Remembers that a credential was right. */
  proven(publicId: string): void;
};

/** Networks and directories that are counted at once; a bucket that is forgotten is a full one. */
const MAX_BUCKETS = 20_000;
/** A pause fills a bucket with two seconds' worth. */
const BURST_SECONDS = 2;
/** From where wrong ones came in numbers, this many that were never seen right are looked up, so that a new token gets in. */
const LOOK_UPS = { perSecond: 5, burst: 5 };
/** Sign-ins that one network may begin: a whole office comes to work at once. */
const SIGN_INS = { perSecond: 1, burst: 60 };
/** Looks at links from one network: opening one takes three, and an id is not found by trying. */
const LINK_LOOKS = { perSecond: 10, burst: 300 };
/** How long a right credential is known as one, to be looked up whatever its neighbours do. */
const PROVEN = { maxEntries: 10_000, ttlMs: 7 * 86_400_000 };

/** Makes the limits of one process. */
export function createLimits(deps: { clock: Clock }, settings: LimitSettings): Limits {
  const { clock } = deps;
  const requests = createTokenBuckets({ clock, maxEntries: MAX_BUCKETS });
  const failures = createTokenBuckets({ clock, maxEntries: MAX_BUCKETS });
  const lookUps = createTokenBuckets({ clock, maxEntries: MAX_BUCKETS });
  const signIns = createTokenBuckets({ clock, maxEntries: MAX_BUCKETS });
  const linkLooks = createTokenBuckets({ clock, maxEntries: MAX_BUCKETS });
  const proven = createVerifierCache<true>({ ...PROVEN, clock });
  const failureRate = { perSecond: settings.failuresPerMinute / 60, burst: settings.failuresPerMinute };
  const tooMany = (waitMs: number): AccessRefused =>
    new AccessRefused(429, "Too many wrong credentials came from this network: correct them, then wait", { waitMs });

  return {
    admit(directoryId, own) {
      const perSecond = own ?? settings.inboundPerSecond;
      const waitMs = requests.take(directoryId, { perSecond, burst: perSecond * BURST_SECONDS });
      refuseUntil(waitMs, `This directory takes ${perSecond} requests a second: send more slowly`);
    },
    refuse(caller, detail) {
      const waitMs = failures.take(caller.prefix(), failureRate);
      throw waitMs > 0 ? tooMany(waitMs) : new AccessRefused(401, detail);
    },
    beforeLookUp(caller, publicId) {
      if (proven.get(publicId) === true) return;
      const prefix = caller.prefix();
      const waitMs = failures.waitMs(prefix, failureRate);
      if (waitMs > 0 && lookUps.take(prefix, LOOK_UPS) > 0) throw tooMany(waitMs);
    },
    beginSignIn(caller) {
      const waitMs = signIns.take(caller.prefix(), SIGN_INS);
      refuseUntil(waitMs, "Too many sign-ins were begun from this network: wait a moment");
    },
    lookAtLink(caller) {
      const waitMs = linkLooks.take(caller.prefix(), LINK_LOOKS);
      refuseUntil(waitMs, "Too many links were asked about from this network: wait a moment");
    },
    proven: (publicId) => proven.set(publicId, true),
  };
}

/** Throws 429 where a bucket says to wait. */
function refuseUntil(waitMs: number, detail: string): void {
  if (waitMs > 0) throw new AccessRefused(429, detail, { waitMs });
}
