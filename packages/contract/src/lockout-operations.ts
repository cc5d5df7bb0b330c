import { LockoutGuard, ManualRoles, PutLockoutGuardRequest, PutManualRolesRequest } from "./lockout.ts";
import type { Operation } from "./operation.ts";
import { accountParams, connectionParams } from "./operation-params.ts";

/** Whom no change may lock out, and roles by hand. */
export const lockoutOperations = {
  getLockoutGuard: {
    id: "getLockoutGuard",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/lockout-guard",
    summary: "Read whom no change may lock out of the app",
    params: connectionParams,
    success: { status: 200, schema: LockoutGuard },
  },
  putLockoutGuard: {
    id: "putLockoutGuard",
    tag: "connections",
    method: "put",
    path: "/api/v1/connections/{connectionId}/lockout-guard",
    summary: "Replace whom no change may lock out of the app",
    params: connectionParams,
    body: PutLockoutGuardRequest,
    success: { status: 200, schema: LockoutGuard },
  },
  getManualRoles: {
    id: "getManualRoles",
    tag: "accounts",
    method: "get",
    path: "/api/v1/connections/{connectionId}/accounts/{userId}/roles",
    summary: "Read which roles were given to a person, or taken from them, by hand",
    params: accountParams,
    success: { status: 200, schema: ManualRoles },
  },
  putManualRoles: {
    id: "putManualRoles",
    tag: "accounts",
    method: "put",
    path: "/api/v1/connections/{connectionId}/accounts/{userId}/roles",
    summary: "Give roles to a person, or take them, by hand",
    params: accountParams,
    body: PutManualRolesRequest,
    success: { status: 200, schema: ManualRoles },
  },
} as const satisfies Record<string, Operation>;
