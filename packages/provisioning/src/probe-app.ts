import type { RawAnswer, RawRequest } from "@muster/connectors";
import { isAttributes } from "@muster/scim";
import { probeGroups } from "./probe-groups.ts";
import { removeObjects, told } from "./probe-objects.ts";
import { type ProbeRun, ProbeStopped } from "./probe-run.ts";
import {
  idsIn,
  makeMore,
  probeChange,
  probeCreate,
  probeDeactivate,
  probeFilters,
  probeReadBack,
} from "./probe-users.ts";

/**
 * Tries an app, step by step, and takes away what it made, whatever happens. First whatever an earlier probe left is taken away. No
 * more than discovery and filters where the run is read-only.
 *
 * @throws {ProbeStopped} when the app, or another worker, ends it
 */
export async function probeApp(run: ProbeRun): Promise<void> {
  if (!run.readOnly) await removeObjects(run, "leftovers");
  await probeDiscovery(run);
  if (run.readOnly || run.members === 1) await probeList(run);
  if (run.readOnly) return await probeEmptyFilter(run);
  try {
    await probeByTrying(run);
  } catch (error) {
    // Whoever was overtaken leaves it to the other one, and an app that is away is tried again by the next probe.
    if (error instanceof ProbeStopped && !error.isOvertaken) await removeObjects(run, "cleanUp").catch(() => undefined);
    throw error;
  }
  await removeObjects(run, "cleanUp");
}

async function probeByTrying(run: ProbeRun): Promise<void> {
  const user = await probeCreate(run);
  await probeReadBack(run, user);
  await probeFilters(run, user);
  const changed = await probeChange(run, user);
  const isGroups = run.groups && run.profile.groups.push;
  const more = await makeMore(run, isGroups ? run.members : Math.min(2, run.members));
  // With users of our own there are enough to see whether it pages.
  if (more.length > 0) await probeList(run);
  if (isGroups) await probeGroups(run, [user.remoteId, ...more]);
  else
    await run.step({
      step: "createGroup",
      asked: "nothing",
      came: "nothing",
      verdict: "skipped",
      said: "Groups are off for this connection",
    });
  await probeDeactivate(run, changed);
}

const DISCOVERY = ["ServiceProviderConfig", "ResourceTypes", "Schemas"] as const;

/** Reads what the app says of itself; much of it is not true, so nothing is learned from it. */
async function probeDiscovery(run: ProbeRun): Promise<void> {
  for (const name of DISCOVERY) {
    const request: RawRequest = { method: "GET", path: `/${name}` };
    const answer = await run.ask(request);
    const said = answer.failure !== null ? `The app has no ${name}` : sayDiscovery(name, answer);
    await run.step({
      ...told("discovery", { request, answer }),
      verdict: answer.failure === null ? "works" : "unknown",
      said,
    });
  }
}

function sayDiscovery(name: (typeof DISCOVERY)[number], { body }: RawAnswer): string {
  if (body === null) return `What it answers for ${name} is no SCIM`;
  if (name !== "ServiceProviderConfig") {
    const all = Array.isArray(body["Resources"]) ? body["Resources"] : [];
    const ids = all.flatMap((one) => (isAttributes(one) ? [String(one["id"] ?? one["name"])] : []));
    return `It says that it has: ${ids.slice(0, 20).join(", ")}`;
  }
  const supports = (feature: string): boolean => {
    const value = body[feature];
    return isAttributes(value ?? null) && (value as { supported?: unknown }).supported === true;
  };
  const [yes, no] = [
    ["patch", "filter", "bulk", "sort", "etag"].filter(supports),
    ["patch", "filter", "bulk", "sort", "etag"].filter((one) => !supports(one)),
  ];
  return `It says that it supports ${yes.join(", ") || "nothing"}, and not ${no.join(", ") || "nothing"}`;
}

/** How the whole list is asked for, page by page; `next` is null where there are no pages. */
const PAGING = {
  index: { first: "startIndex=1&count=1", next: () => "startIndex=2&count=1" },
  cursor: {
    first: "cursor=&count=1",
    next: ({ body }: RawAnswer) => `cursor=${encodeURIComponent(String(body?.["nextCursor"] ?? ""))}&count=1`,
  },
  none: { first: null, next: null },
} as const;

/** Reads two pages of one user: an app may page otherwise, give everybody at once, or the first page for ever. */
async function probeList(run: ProbeRun): Promise<void> {
  const known = run.profile.paging.style;
  const styles = [known, ...(["index", "cursor", "none"] as const).filter((style) => style !== known)];
  for (const style of styles) {
    const { first, next } = PAGING[style];
    const request: RawRequest = { method: "GET", path: "/Users", ...(first === null ? {} : { query: first }) };
    const answer = await run.ask(request);
    if (answer.failure !== null || answer.body === null) {
      await run.step({
        ...told("list", { request, answer }),
        verdict: "refused",
        said: `Users do not come by ${style}`,
      });
      continue;
    }
    await judgePages(run, { style, request, answer, next: next?.(answer) ?? null });
    return;
  }
  throw new ProbeStopped(
    "Users cannot be listed (GET /Users is refused): check the address of the connection, and probe again",
  );
}

type Listed = { style: "index" | "cursor" | "none"; request: RawRequest; answer: RawAnswer; next: string | null };

async function judgePages(run: ProbeRun, { style, request, answer, next }: Listed): Promise<void> {
  const first = idsIn(answer);
  const total = Number(answer.body?.["totalResults"] ?? Number.NaN);
  const isAll = first.length > 1 && (first.length === total || Number.isNaN(total));
  const isFew = !isAll && !(total > 1) && answer.body?.["nextCursor"] == null;
  const second = next === null || isAll || isFew ? null : await run.ask({ ...request, query: next });
  const isStuck = second !== null && idsIn(second)[0] === first[0];
  const said = isAll
    ? "Everybody comes at once, whatever is asked for"
    : isFew
      ? "Too few users to see whether they come in pages"
      : isStuck
        ? "Every page is the first: a comparison cannot see everybody, and ends as incomplete"
        : `Users come in pages, by ${style}`;
  const found = isAll ? "none" : style;
  const differs = isStuck || found !== "index";
  await run.step({
    ...told("list", { request, answer }),
    verdict: isFew ? "unknown" : differs ? "differs" : "works",
    said,
  });
  if (!isFew && !isStuck && found !== run.profile.paging.style)
    run.learn("paging.style", found, { step: "list", said });
}

/** A name that nobody has: the answer must be an empty list. */
async function probeEmptyFilter(run: ProbeRun): Promise<void> {
  for (const attribute of ["userName", "externalId", "email"] as const) {
    const path = run.profile.users.lookups[attribute];
    if (path === undefined) continue;
    const query = `filter=${encodeURIComponent(`${path} eq "muster-probe-${run.mark}"`)}`;
    const request: RawRequest = { method: "GET", path: "/Users", query };
    const answer = await run.ask(request);
    const ids = idsIn(answer);
    const works = answer.failure === null && ids.length === 0;
    const said = works
      ? `A filter by ${attribute} is understood`
      : answer.failure === null
        ? `A filter by ${attribute} finds ${ids.length} users for a name that nobody has: it is not believed`
        : `A filter by ${attribute} is refused`;
    await run.step({
      ...told("filters", { request, answer }),
      verdict: works ? "works" : answer.failure === null ? "differs" : "refused",
      said,
    });
  }
}
