import { editConnection, readConsent } from "@muster/provisioning";
import { claimGrant, endGrantTurn, inTenant } from "@muster/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuthorizationServer } from "./authorization-server.ts";
import { anotherWorker, authAt, drainByAnother, giveAccess, openConsentLab } from "./consent-lab.ts";
import { type LaneLab, peopleIn } from "./lane-lab.ts";

let server: AuthorizationServer;
let lab: LaneLab;
let beforeAnswer: () => void;

beforeEach(async () => {
  beforeAnswer = () => {};
  ({ server, lab } = await openConsentLab(() => beforeAnswer()));
});
afterEach(async () => {
  await lab.close();
  await server.close();
});

const add = async (userName: string): Promise<void> => {
  await lab.createUser({ userName });
  await lab.drain();
};
const consent = () => readConsent(lab, lab.owner, lab.connectionId);
const retarget = (change: object, baseUrl = lab.app.baseUrl) =>
  editConnection(lab, lab.owner, lab.connectionId, { target: { kind: "scim", baseUrl, auth: authAt(server, change) } });
/** A turn as a worker takes it, which may stand still until `end`. */
const claim = async (): Promise<number> => {
  const { tenantId } = lab.owner;
  const claimed = await inTenant(lab.db, tenantId, (tx) => claimGrant(tx, tenantId, lab.connectionId, 20_000));
  return claimed?.turn ?? 0;
};
const end = (turn: number, overBecause: string | null): Promise<boolean> => {
  const { tenantId } = lab.owner;
  const at = { connectionId: lab.connectionId, turn };
  return inTenant(lab.db, tenantId, (tx) => endGrantTurn(tx, tenantId, at, { usedCode: null, overBecause }));
};

describe("H5: what happens to given access while somebody asks for a token", () => {
  it("F36: whoever waits for a new token may give up, and what the server answers is kept all the same", async () => {
    await giveAccess(lab);
    server.answer({ body: { expires_in: 0.001, refresh_token: "r1" } });
    await add("ada");
    server.answer({ body: { expires_in: 0.001, refresh_token: "r2" } });
    const [stop, worker] = [new AbortController(), anotherWorker(lab, server)];
    beforeAnswer = () => stop.abort();
    const connector = await worker.change.openConnector(lab.owner.tenantId, lab.connectionId);
    await connector.probe({ signal: stop.signal, timeoutMs: 5_000 });
    await worker.close();
    await add("bob");

    expect(server.calls.at(-1)?.form["refresh_token"]).toBe("r2");
    expect(peopleIn(lab.app)).toEqual({ ada: "active", bob: "active" });
  });

  it("H5: access that is given while the old one is being refused holds", async () => {
    await giveAccess(lab);
    await add("ada");
    const turn = await claim();
    await giveAccess(lab);
    await end(turn, "invalid_grant");
    const after = (await consent()).state;
    await lab.createUser({ userName: "bob" });
    await drainByAnother(lab, server);
    await end(await claim(), "invalid_grant");

    expect([after, (await consent()).state]).toEqual(["given", "over"]);
    expect(server.calls.map(({ form }) => form["grant_type"])).toEqual(["authorization_code", "authorization_code"]);
  });

  it("H5: a turn with what one client was given records nothing for the next", async () => {
    await giveAccess(lab);
    const turn = await claim();
    await retarget({ clientId: "another" });
    await giveAccess(lab);
    await claim();

    expect(await end(turn, null)).toBe(false);
  });

  it("V33: what was given for one address is never sent to another", async () => {
    await giveAccess(lab);
    await retarget({}, `${lab.app.baseUrl}/elsewhere`);

    expect((await consent()).state).toBe("none");
  });
});
