import { onTestFinished } from "vitest";
import type { SampleApp, SampleAppOptions } from "./sample-app.ts";
import { startSampleApp } from "./start-sample-app.ts";

export const USER = "urn:ietf:params:scim:schemas:core:2.0:User";
export const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

export type Answer = { status: number; headers: Headers; body: Record<string, unknown> };

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** Starts an app for the running test and a caller that is signed in to it. */
export async function startForTest(options: SampleAppOptions = {}): Promise<{ app: SampleApp; call: Call }> {
  const app = await startSampleApp({ auth: { scheme: "bearer", token: "secret" }, ...options });
  onTestFinished(() => app.close());
  return { app, call: callerOf(app) };
}

function callerOf(app: SampleApp): Call {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(`${app.baseUrl}${path}`, {
      method,
      headers: { authorization: "Bearer secret", "content-type": "application/scim+json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
  };
}

export const user = (userName: string, more: Record<string, unknown> = {}) => ({ schemas: [USER], userName, ...more });
export const patch = (...operations: unknown[]) => ({ schemas: [PATCH], Operations: operations });
export const idOf = (answer: Answer): string => String(answer.body["id"]);
export const at = (collection: string, answer: Answer): string => `/${collection}/${encodeURIComponent(idOf(answer))}`;
