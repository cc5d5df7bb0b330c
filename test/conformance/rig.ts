import { uuidV7 } from "@muster/runtime";
import { type Answer, type Body, createScimClient, type ScimClient } from "../e2e/clients.ts";
import { openEndpoint } from "./endpoint.ts";

type Made = Body & { at: string };

/** The endpoint under test with what every rule needs; what was made is removed again, as the endpoint may be somebody else's. */
export type Rig = {
  scim: ScimClient;
  token: string;
  /** A word that is new in every run. */
  run: string;
  /** A name that is new at every call. */
  fresh(): string;
  aUser(more?: Record<string, unknown>): Promise<Made>;
  aGroup(more?: Record<string, unknown>): Promise<Made>;
  /** Notes a resource for removal. */
  made(path: string): void;
  find(filter: string, kind?: "Users" | "Groups"): Promise<Answer>;
  close(): Promise<void>;
};

export async function openRig(): Promise<Rig> {
  const endpoint = await openEndpoint();
  const scim = createScimClient({ endpointUrl: endpoint.url.replace(/\/+$/, ""), bearerToken: endpoint.token });
  const run = uuidV7().slice(-12);
  const paths: string[] = [];
  let count = 0;
  const fresh = (): string => `standard-${run}-${++count}`;
  const keep = (resource: Body, kind: string): Made => {
    const at = `/${kind}/${resource.id}`;
    paths.push(at);
    return { ...resource, at };
  };
  return {
    scim,
    token: endpoint.token,
    run,
    fresh,
    aUser: async (more = {}) => keep(await scim.createUser({ userName: fresh(), ...more }), "Users"),
    aGroup: async (more = {}) => keep(await scim.createGroup({ displayName: fresh(), ...more }), "Groups"),
    made: (path) => void paths.push(path),
    find: (filter, kind = "Users") => scim.get(`/${kind}?filter=${encodeURIComponent(filter)}`),
    async close() {
      for (const path of paths.reverse()) await scim.delete(path);
      await endpoint.close();
    },
  };
}
