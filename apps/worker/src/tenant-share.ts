export type TenantShare = {
  /** Enters one more lane of the tenant, or answers null when it has its share; call what it answers to leave. */
  enter(tenantId: string): (() => void) | null;
};

/** Bounds how many lanes of one tenant a process works on at once. */
export function createTenantShare(most: number): TenantShare {
  const lanes = new Map<string, number>();
  return {
    enter(tenantId) {
      const before = lanes.get(tenantId) ?? 0;
      if (before >= most) return null;
      lanes.set(tenantId, before + 1);
      return () => {
        const left = (lanes.get(tenantId) ?? 1) - 1;
        if (left > 0) lanes.set(tenantId, left);
        else lanes.delete(tenantId);
      };
    },
  };
}
