export type TenantTurns = {
  /** Waits until the tenant may have one more call in flight, removals before all others; call what it answers to give it back. */
  take(tenantId: string, removal: boolean): Promise<() => void>;
};

type Turns = { inFlight: number; removals: (() => void)[]; others: (() => void)[] };

/** Bounds the calls in flight of each tenant, however many lanes it has, so that one tenant never has a worker's sockets alone (G9). */
export function createTenantTurns(most: number): TenantTurns {
  const tenants = new Map<string, Turns>();

  function give(tenantId: string, turns: Turns): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = turns.removals.shift() ?? turns.others.shift();
      // Whoever waits takes over the place, so that nobody slips in between.
      if (next !== undefined) return next();
      turns.inFlight -= 1;
      if (turns.inFlight === 0) tenants.delete(tenantId);
    };
  }

  return {
    async take(tenantId, removal) {
      const turns = tenants.get(tenantId) ?? { inFlight: 0, removals: [], others: [] };
      tenants.set(tenantId, turns);
      if (turns.inFlight < most) turns.inFlight += 1;
      else await new Promise<void>((resolve) => (removal ? turns.removals : turns.others).push(resolve));
      return give(tenantId, turns);
    },
  };
}
