import { createSlots, type Slots } from "@muster/runtime";
import { StoreUnavailable, type TenantId } from "@muster/store";

/** Runs what cannot share a transaction: it may wait for a lock that somebody else holds. */
export type Alone = <T>(tenantId: TenantId, work: () => Promise<T>) => Promise<T>;

/** Connections that one tenant may hold while it waits for locks; the rest of the pool is for everybody else (F18). */
const PER_TENANT = 2;
/** Longest time in line, as long as a lock is waited for. */
const MAX_WAIT_MS = 2_000;

/** Makes the line for work that runs in a transaction of its own, few at a time for each tenant. */
export function makeAlone(): Alone {
  const lines = new Map<TenantId, { slots: Slots; users: number }>();
  return async (tenantId, work) => {
    const line = lines.get(tenantId) ?? { slots: createSlots(PER_TENANT), users: 0 };
    lines.set(tenantId, line);
    line.users += 1;
    try {
      const release = await line.slots.take(AbortSignal.timeout(MAX_WAIT_MS)).catch((error: unknown) => {
        throw new StoreUnavailable("Somebody holds locks on rows of this tenant", { cause: error });
      });
      return await work().finally(release);
    } finally {
      line.users -= 1;
      if (line.users === 0) lines.delete(tenantId);
    }
  };
}
