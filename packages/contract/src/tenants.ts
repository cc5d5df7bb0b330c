import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, name, nullable, text, timestamp } from "./primitives.ts";

export const CreateTenantRequest = closed(
  {
    name,
    externalId: Type.Optional(
      text(1, 200, "your own id of the customer: 1 to 200 characters without control characters"),
    ),
  },
  { title: "CreateTenantRequest" },
);
export type CreateTenantRequest = Static<typeof CreateTenantRequest>;

const suspended = Type.Boolean({ description: "true: nothing comes in for this tenant and nothing goes out" });

export const UpdateTenantRequest = closed(
  { name: Type.Optional(name), suspended: Type.Optional(suspended) },
  { title: "UpdateTenantRequest", minProperties: 1 },
);
export type UpdateTenantRequest = Static<typeof UpdateTenantRequest>;

export const Tenant = closed(
  { id, name: Type.String(), externalId: nullable(Type.String()), createdAt: timestamp, suspended },
  { title: "Tenant" },
);
export type Tenant = Static<typeof Tenant>;

export const TenantPage = pageOf("TenantPage", Tenant);
