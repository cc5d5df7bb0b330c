import Type, { type Static } from "typebox";
import { MappingRow } from "./mappings.ts";
import { pageOf } from "./page.ts";
import { closed, id, timestamp } from "./primitives.ts";

const told = {
  id,
  number: Type.Integer({ minimum: 1, description: "counted from 1 for each app" }),
  at: timestamp,
  actor: Type.String(),
  cause: Type.String({
    description: "start for what was there before the first edit; mapping.put; or which version was restored",
  }),
};

export const AppMappingVersionEntry = closed(told, { title: "AppMappingVersionEntry" });
export type AppMappingVersionEntry = Static<typeof AppMappingVersionEntry>;
export const AppMappingVersionPage = pageOf("AppMappingVersionPage", AppMappingVersionEntry);

type Row = Static<typeof MappingRow>;

export const AppMappingVersion = closed(
  {
    ...told,
    rows: Type.Unsafe<Row[] | null>({
      type: ["array", "null"],
      items: MappingRow,
      description: "null while the app had no mapping: then that of its profile, or the product's own, applied",
    }),
  },
  { title: "AppMappingVersion" },
);
