import { expect } from "vitest";
import { type Answer, ERROR, SCIM_TYPE, type SendOptions } from "./clients.ts";
import { findLeaks } from "./ear.ts";
import { openStage, type Stage, type Tenant } from "./stage.ts";

/** A stage with a little of everything to aim bad requests at. */
export type Target = {
  stage: Stage;
  tenant: Tenant;
  userId: string;
  groupId: string;
  connectionId: string;
  /** Every SCIM write as method and path, by name. */
  writes: Readonly<Record<string, readonly [method: string, path: string]>>;
  /** The same body to every write. */
  toAll(body: unknown, options?: SendOptions): Requests;
  /** Runs requests that must be refused with one of these: in SCIM's words, and without a trace. */
  refused(requests: Requests, statuses: readonly number[]): Promise<void>;
  expectAlive(): Promise<void>;
  /** Nothing of it all called for a person, and no secret was heard. */
  expectQuiet(): void;
};

export type Requests = Record<string, () => Promise<Answer>>;

/** Opens a stage with one user in one group, and a connection to an app that is never called. */
export async function openTarget(): Promise<Target> {
  const stage = await openStage();
  const tenant = await stage.newTenant();
  const user = await tenant.scim.createUser({ userName: "ada", emails: [{ value: "ada@example.com", type: "work" }] });
  const group = await tenant.scim.createGroup({ displayName: "Staff", members: [{ value: user.id }] });
  const app = await stage.admin.post("/apps", { name: "Ledger", roles: [{ key: "admin", name: "Administrator" }] });
  const connection = await stage.admin.post(`/tenants/${tenant.id}/connections`, {
    appId: app.body.id,
    directoryId: tenant.directoryId,
    target: {
      kind: "scim",
      baseUrl: "https://ledger.example",
      auth: { scheme: "bearer", token: stage.ear.secret("downstream+secret/of~the=app") },
    },
  });
  const writes = {
    "POST user": ["POST", "/Users"],
    "PUT user": ["PUT", `/Users/${user.id}`],
    "PATCH user": ["PATCH", `/Users/${user.id}`],
    "POST group": ["POST", "/Groups"],
    "PUT group": ["PUT", `/Groups/${group.id}`],
    "PATCH group": ["PATCH", `/Groups/${group.id}`],
  } as const;
  const expectAlive = async (): Promise<void> => expect((await tenant.scim.get(`/Users/${user.id}`)).status).toBe(200);

  return {
    stage,
    tenant,
    userId: user.id,
    groupId: group.id,
    connectionId: connection.body.id,
    writes,
    toAll: (body, options = {}) =>
      Object.fromEntries(
        Object.entries(writes).map(([name, [method, at]]) => [name, () => tenant.scim.send(method, at, body, options)]),
      ),
    async refused(requests, statuses) {
      const before = await stage.ledger.digest();
      for (const [name, send] of Object.entries(requests)) {
        const answer = await send();
        expect([name, statuses.includes(answer.status) ? "refused" : `${answer.status} ${answer.text}`]).toEqual([
          name,
          "refused",
        ]);
        expectScimError(name, answer);
      }
      expect(await stage.ledger.digest()).toBe(before);
      await expectAlive();
    },
    expectAlive,
    expectQuiet() {
      const errors = stage.ear.logLines().filter((line) => /"level":"(error|fatal)"/.test(line));
      expect(errors).toEqual([]);
      expect(findLeaks(stage.ear.heard(), stage.ear.secrets())).toEqual([]);
    },
  };
}

/** Expects the error document of RFC 7644 section 3.12, whose status is a string. */
export function expectScimError(name: string, { status, headers, body }: Answer): void {
  expect([name, headers.get("content-type"), body]).toEqual([
    name,
    SCIM_TYPE,
    expect.objectContaining({ schemas: [ERROR], status: String(status), detail: expect.stringMatching(/\S{3}/) }),
  ]);
}

/** Expects the problem document of RFC 9457. */
export function expectProblem(name: string, { status, headers, body }: Answer): void {
  expect([name, headers.get("content-type"), body]).toEqual([
    name,
    "application/problem+json",
    expect.objectContaining({
      type: expect.any(String),
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/\S{3}/),
    }),
  ]);
}
