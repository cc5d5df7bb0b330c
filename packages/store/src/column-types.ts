import type { ColumnType } from "kysely";

/** Identifies a customer of an app owner. First argument of every store function that touches tenant rows. */
export type TenantId = string;
/** Identifies an app owner's space. */
export type WorkspaceId = string;

export type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
export type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
