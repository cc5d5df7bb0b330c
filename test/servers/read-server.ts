import { type Attributes, isAttributes } from "@muster/scim";
import type { ForeignServer } from "./start-server.ts";

/** What a server has, as it says itself, read by a client that knows nothing of ours. */
export type ServerState = {
  users: Attributes[];
  groups: { displayName: string; externalId: string; members: string[] }[];
};

/** Reads a server's whole list of users and of groups, page by page (RFC 7644 section 3.4.2.4). */
export async function readServer({ baseUrl, token }: ForeignServer): Promise<ServerState> {
  const list = async (kind: "Users" | "Groups"): Promise<Attributes[]> => {
    const all: Attributes[] = [];
    for (let more = true; more; ) {
      const answer = await fetch(`${baseUrl}/${kind}?startIndex=${all.length + 1}&count=100`, {
        headers: { authorization: `Bearer ${token}`, accept: "application/scim+json" },
      });
      if (!answer.ok) throw new Error(`GET /${kind} answered ${answer.status}: ${await answer.text()}`);
      const page = (await answer.json()) as { Resources?: Attributes[]; totalResults: number };
      const { Resources = [], totalResults } = page;
      all.push(...Resources);
      more = all.length < totalResults && Resources.length > 0;
    }
    return all;
  };
  const users = await list("Users");
  const nameOf = new Map(users.map(({ id, userName }) => [String(id), String(userName)]));
  const groups = (await list("Groups")).map(({ displayName, externalId, members }) => ({
    displayName: String(displayName),
    externalId: String(externalId),
    members: (Array.isArray(members) ? members : [])
      .map((member) => String(isAttributes(member) ? member["value"] : member))
      .map((id) => nameOf.get(id) ?? `nobody has the id ${id}`)
      .toSorted(),
  }));
  return { users, groups };
}
