import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

/**
 * An app whose SCIM is scimmy-routers, as its README says: the library has the protocol, and this file has what every app must
 * bring itself, which is where people and groups are kept.
 */
type Kept = { id: string; [attribute: string]: unknown };
type Asked = { id?: string; filter?: { match(values: Kept[]): Kept[] } };

function keepIn(kept: Map<string, Kept>, unique: string) {
  const requireOne = (id: string | undefined): Kept => {
    const found = kept.get(id ?? "");
    if (found === undefined) throw new SCIMMY.Types.Error(404, undefined as never, `Resource ${id} not found`);
    return found;
  };
  const textOf = (value: unknown): string => String(value).toLowerCase();
  return {
    ingress({ id }: Asked, given: object): Kept {
      const { [unique]: name, ...rest } = JSON.parse(JSON.stringify(given)) as Record<string, unknown>;
      if (id !== undefined) requireOne(id);
      if ([...kept.values()].some((one) => one.id !== id && textOf(one[unique]) === textOf(name)))
        throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} is taken`);
      const one = { ...rest, [unique]: name, id: id ?? randomUUID() };
      kept.set(one.id, one);
      return one;
    },
    egress({ id, filter }: Asked): Kept | Kept[] {
      if (id !== undefined) return requireOne(id);
      return filter === undefined ? [...kept.values()] : filter.match([...kept.values()]);
    },
    degress({ id }: Asked): void {
      kept.delete(requireOne(id).id);
    },
  };
}

const users = keepIn(new Map(), "userName");
const groups = keepIn(new Map(), "displayName");
SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false))
  .ingress(users.ingress as never)
  .egress(users.egress as never)
  .degress(users.degress as never);
SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .ingress(groups.ingress as never)
  .egress(groups.egress as never)
  .degress(groups.degress as never);

const { env } = process;
const app = express();
// The library writes numbers into request.query, which Express 5 reads anew each time: without this every page is the first.
app.use((request, _response, next) => {
  Object.defineProperty(request, "query", { value: request.query });
  next();
});
app.use(
  "/scim",
  new SCIMMYRouters({
    type: "bearer",
    handler: (request: express.Request) => {
      if (request.header("authorization") !== `Bearer ${env["SCIM_TOKEN"]}`) throw new Error("Who are you?");
      return "muster";
    },
  }) as never,
);
const listener = app.listen(0, "127.0.0.1", () => {
  const address = listener.address();
  console.log(`listening on ${typeof address === "object" && address !== null ? address.port : 0}`);
});
