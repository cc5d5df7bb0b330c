import type { Member } from "@muster/contract";
import { useList } from "../api/queries.ts";
import { useSession } from "../api/session.tsx";

const ROUTE = "GET /api/v1/members";
/** The most that one page brings; a workspace with more members shows the rest by their ids. */
const PAGE = { pageSize: 200 };
const PREFIX = "member:";

/** Who did something: a member by name, for those who may know it, and whatever else it was as it is written. */
export function Actor({ of: actor }: { of: string }) {
  const mayKnow = useSession().may(ROUTE) && actor.startsWith(PREFIX);
  const id = actor.slice(PREFIX.length);
  const present = useList(ROUTE, { query: PAGE }, { isEnabled: mayKnow });
  const isGone = mayKnow && present.query.isSuccess && find(present.items, id) === undefined;
  const removed = useList(ROUTE, { query: { ...PAGE, removed: "true" } }, { isEnabled: isGone });
  const member = find(present.items, id) ?? find(removed.items, id);
  if (!mayKnow || member === undefined) return <>{actor}</>;
  return <span title={actor}>{member.name ?? member.email}</span>;
}

const find = (members: readonly Member[], id: string): Member | undefined => members.find((member) => member.id === id);
