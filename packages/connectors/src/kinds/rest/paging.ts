import type { Attributes, Json } from "@muster/scim";
import type { UserPage } from "../../connector.ts";
import { type Evaluate, TemplateError } from "./evaluate.ts";
import type { ListTemplate, RequestTemplate } from "./rest-template.ts";

type Said = { status: number; headers: Attributes; body: Json };

/** The request of a page. One that the app gave the address of, by its Link header, is asked for there, below the base URL. */
export function pageRequest(list: ListTemplate, { cursor }: UserPage, baseUrl: string): RequestTemplate {
  if (list.paging?.style !== "link" || cursor === null) return list;
  const base = new URL(baseUrl);
  if (!URL.canParse(cursor, baseUrl)) throw new TemplateError("the app's Link header has no address");
  const next = new URL(cursor, baseUrl);
  const below = base.pathname.replace(/\/+$/, "");
  if (next.origin !== base.origin || !(next.pathname === below || next.pathname.startsWith(`${below}/`)))
    throw new TemplateError(`the app's Link header leads out of the base URL: ${next.origin}${next.pathname}`);
  const segments = next.pathname.slice(below.length).split("/").filter(Boolean).map(decoded);
  const query = Object.fromEntries(next.searchParams);
  // Constants in the language of the template: what they say was checked like anything else that a template gives.
  return { ...list, path: JSON.stringify(segments), query: JSON.stringify(query) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new TemplateError("the app's Link header has an address that cannot be read", { cause });
  }
}

/** Where the next page begins; null where there is none, or the style of paging has no such thing. */
export function nextCursor(evaluate: Evaluate, at: string, { paging }: ListTemplate, said: Said): string | null {
  if (paging?.style === "link") return linkTo(said.headers["link"] ?? null);
  if (paging?.style !== "cursor" || paging.next === undefined) return null;
  const next = evaluate(`${at}.paging.next`, paging.next, said);
  if (typeof next === "number") return String(next);
  return typeof next === "string" && next !== "" ? next : null;
}

/** The target of rel=next (RFC 8288 section 3). */
function linkTo(header: Json): string | null {
  if (typeof header !== "string" || header.length > 8_192) return null;
  for (const link of header.split(/,(?=\s*<)/)) {
    const [target = "", ...params] = link.split(";");
    const isNext = params.some((param) => /^\s*rel="?(?:\S+ )*next(?: \S+)*"?\s*$/i.test(param));
    const uri = /^\s*<([^<>]*)>\s*$/.exec(target)?.[1];
    if (isNext && uri !== undefined) return uri;
  }
  return null;
}

type Read = { page: UserPage; said: Said; entries: number; cursor: string | null };

/** Whether a page was the last, and how many there are in all: as the app says, or counted at the end. */
export function endOfPage(
  evaluate: Evaluate,
  at: string,
  { paging }: ListTemplate,
  { page, said, entries, cursor }: Read,
): { isLast: boolean; totalResults: number | null } {
  const read = page.startIndex - 1 + entries;
  const total = paging?.total === undefined ? null : evaluate(`${at}.paging.total`, paging.total, said);
  const known = typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : null;
  const style = paging?.style ?? "none";
  const isLast =
    style === "none" ||
    entries === 0 ||
    (style === "index" ? (known === null ? entries < page.count : read >= known) : cursor === null);
  return { isLast, totalResults: known ?? (isLast ? read : null) };
}
