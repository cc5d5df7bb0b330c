import { App, AppPage, CreateAppRequest } from "./apps.ts";
import type { Operation } from "./operation.ts";
import { appParams, noParams } from "./operation-params.ts";
import { PageQuery } from "./page.ts";

export const appOperations = {
  createApp: {
    id: "createApp",
    tag: "apps",
    method: "post",
    path: "/api/v1/apps",
    summary: "Register an app and its roles",
    params: noParams,
    body: CreateAppRequest,
    success: { status: 201, schema: App },
  },
  listApps: {
    id: "listApps",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps",
    summary: "List apps",
    params: noParams,
    query: PageQuery,
    success: { status: 200, schema: AppPage },
  },
  getApp: {
    id: "getApp",
    tag: "apps",
    method: "get",
    path: "/api/v1/apps/{appId}",
    summary: "Read an app",
    params: appParams,
    success: { status: 200, schema: App },
  },
} as const satisfies Record<string, Operation>;
