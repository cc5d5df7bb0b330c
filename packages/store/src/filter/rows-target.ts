import type { AttributePath, Filter } from "@muster/scim";
import { sql } from "kysely";
import { isOwnId } from "../own-id.ts";
import { compile } from "./compile.ts";
import { all, type Condition, type Fragment, never } from "./condition.ts";
import { absentLeaf, type Leaf } from "./leaf.ts";
import { lookUpIn } from "./look-ups.ts";
import { leafTarget, type Target } from "./target.ts";

/** A multi-valued attribute whose elements are rows of their own, aliased `e`; `e.owner` is the resource. */
export type Rows = {
  /** What the elements are selected from. */
  from: Fragment;
  /** Which element is the first. */
  first: Fragment;
  parts: Readonly<Record<string, Leaf>>;
  /** Has any element, found without reading what the elements are. */
  some: Condition;
  /** The resources that have an element with this id, found from that element's side. */
  ownersOf?: (id: string) => Fragment;
};

/** The target of an attribute whose elements are rows. */
export function rowsTarget(rows: Rows, path: AttributePath): Target {
  const partOf = (name: string): Leaf => (Object.hasOwn(rows.parts, name) ? rows.parts[name] : undefined) ?? absentLeaf;
  const leaf = partOf(path.sub ?? "value");
  const having = (condition: Condition): Condition =>
    sql`exists (select 1 from ${rows.from} e where e.owner = r.id and ${condition})`;
  const byOwner = (id: string): Condition | undefined => {
    if (rows.ownersOf === undefined) return undefined;
    return isOwnId(id) ? sql`r.id in (${rows.ownersOf(id)})` : never;
  };
  return {
    compare(op, value) {
      const found =
        op === "eq" && leaf === rows.parts["value"] && typeof value === "string" ? byOwner(value) : undefined;
      return found ?? having(leaf.compare(op, value));
    },
    assigned: () => (leaf === rows.parts["value"] ? rows.some : having(leaf.assigned)),
    present: () => (path.sub === undefined || leaf === rows.parts["value"] ? rows.some : having(leaf.present)),
    where(filter: Filter) {
      const id = lookUpIn(filter, "value", ["eq"])?.value;
      const found = id === undefined ? undefined : byOwner(id);
      if (found !== undefined && filter.kind === "compare") return found;
      const exact = having(compile(filter, ({ name }) => leafTarget(partOf(name))));
      return found === undefined ? exact : all([found, exact]);
    },
    sortKey: () => ({
      kind: leaf.sortKey.kind,
      by: sql`(select ${leaf.sortKey.by} from ${rows.from} e where e.owner = r.id order by ${rows.first} limit 1)`,
    }),
  };
}
