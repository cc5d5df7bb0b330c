import {
  ContractError,
  defaultEventLimit,
  type EventStream,
  eventTypes,
  operations,
  type SnapshotLine,
} from "@muster/contract";
import {
  changeEventStream,
  decodeCursor,
  encodeCursor,
  eventStreamOf,
  readEventPage,
  takeSnapshot,
  viewEvent,
} from "@muster/provisioning";
import type { EventPosition, SnapshotPart } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";

/** What happened in a tenant, in order, and what is there now. */
export const eventRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getEventStream, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    return showStream(await eventStreamOf(deps, owner));
  }),
  adminRoute(operations.putEventStream, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    return showStream(await changeEventStream(deps, owner, { enabled: body.enabled, days: body.days ?? null }));
  }),
  adminRoute(operations.readEvents, async (deps, { scope, params, query }) => {
    const after = query.after === undefined ? null : readCursor(query.after, "/after");
    const types = query.types === undefined ? null : readTypes(query.types);
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = { types, appId: null, limit: query.limit ?? defaultEventLimit };
    const page = await readEventPage(deps, owner, after, wanted);
    return {
      items: page.events.map((event) => viewEvent(owner.tenantId, event)),
      cursor: encodeCursor(page.next),
      hasMore: page.hasMore,
    };
  }),
  adminRoute(operations.getSnapshot, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    return async (write) => {
      let lines = 0;
      await takeSnapshot(deps, owner, async (part) => {
        const some = toLines(part);
        lines += some.length;
        await write(some);
      });
      await write([{ kind: "end", lines }]);
    };
  }),
];

function showStream({ enabled, days, ready }: EventStream): EventStream {
  return { enabled, days, ready };
}

/**
 * Reads a cursor that a caller gives back.
 *
 * @throws {ContractError} if it is none; `path` says where it was
 */
export function readCursor(cursor: string, path: string): EventPosition {
  const position = decodeCursor(cursor);
  if (position !== undefined) return position;
  const message = `${path.slice(1).replaceAll("/", ".")} must be the cursor of an earlier answer, unchanged`;
  throw new ContractError([{ path, rule: "pattern", message }]);
}

function readTypes(text: string): string[] {
  const types = text.split(",");
  const known: readonly string[] = eventTypes;
  const unknown = types.find((type) => !known.includes(type));
  if (unknown === undefined) return types;
  const message = `types: there is no type "${unknown}" (taken: ${eventTypes.join(", ")})`;
  throw new ContractError([{ path: "/types", rule: "enum", message }]);
}

function toLines(part: SnapshotPart): SnapshotLine[] {
  switch (part.kind) {
    case "position":
      return [{ kind: "cursor", cursor: encodeCursor(part.position) }];
    case "users":
      return part.users.map((user) => ({ kind: "user", ...user }));
    case "groups":
      return part.groups.map((group) => ({ kind: "group", ...group }));
    case "memberships":
      return part.memberships.map((membership) => ({ kind: "membership", ...membership }));
  }
}
