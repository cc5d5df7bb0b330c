import { request as forward } from "node:http";
import { createServer, type Server } from "node:https";
import type { TLSSocket } from "node:tls";
import type { TargetTls } from "@muster/connectors";
import { editConnection, noteCertificateEnds, putAssignments, requireConnection } from "@muster/provisioning";
import { inTenant } from "@muster/store";
import { type Certificate, makeCertificate } from "@muster/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabSignIn, type LaneLab, openLaneLab, peopleIn } from "./lane-lab.ts";

const DAY = 86_400_000;
const until = (hostname: string, days: number): Certificate =>
  makeCertificate({
    hostname,
    notBefore: new Date(Date.now() - 90 * DAY),
    notAfter: new Date(Date.now() + days * DAY),
  });
const app = until("localhost", 100);
const client = until("client.example", 20);
const stranger = until("stranger.example", 20);

let lab: LaneLab;
let front: Server;
let shown: string[];

/** Stands before the sample app, speaks TLS, and lets in who shows the certificate of `client`. */
beforeEach(async () => {
  shown = [];
  front = createServer({ ...app, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
    shown.push(certificate?.subjectAltName ?? "nobody");
    if (certificate?.subjectAltName !== "DNS:client.example") {
      response.writeHead(403).end();
      return;
    }
    const url = new URL(request.url ?? "/", lab.app.baseUrl);
    const onward = forward(
      url,
      { method: request.method ?? "GET", headers: { ...request.headers, host: url.host } },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      },
    );
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await lab.close();
  front.closeAllConnections();
  front.close();
});

const portOf = (): number => {
  const address = front.address();
  return typeof address === "object" && address ? address.port : 0;
};
const baseUrl = (): string => `https://localhost:${portOf()}/scim/v2`;
const own: TargetTls = { ca: app.cert, certificate: client.cert, privateKey: client.key };

async function open(signIn: Partial<LabSignIn> = {}): Promise<void> {
  const auth = { scheme: "certificate" } as const;
  const addresses = [`localhost:${portOf()}`];
  lab = await openLaneLab({ signIn: { addresses, baseUrl, auth, tls: own, ...signIn } });
  lab.app.setAuth({ scheme: "none" });
  await putAssignments(lab, lab.owner, lab.connectionId, { everyone: true, groups: [] });
}
const retarget = (tls?: TargetTls, auth: LabSignIn["auth"] = { scheme: "bearer", token: "t" }, url = baseUrl()) =>
  editConnection(lab, lab.owner, lab.connectionId, {
    target: { kind: "scim", baseUrl: url, auth, ...(tls === undefined ? {} : { tls }) },
  });
const notices = async () =>
  (await lab.db.pool.query<{ kind: string; message: string }>("select kind, message from notices order by id")).rows;

describe("H7: a client certificate and a CA of a connection's own", () => {
  it("H7: people are pushed with nothing else to sign in with, and what is shown of it is no secret", async () => {
    await open();
    await lab.createUser({ userName: "ada" });
    await lab.drain();

    expect(peopleIn(lab.app)).toEqual({ ada: "active" });
    expect(new Set(shown)).toEqual(new Set(["DNS:client.example"]));
    expect(lab.app.ledger().some((entry) => JSON.stringify(entry).includes("authorization"))).toBe(false);
    const record = await inTenant(lab.db, lab.owner.tenantId, (tx) =>
      requireConnection(tx, lab.owner.tenantId, lab.connectionId),
    );
    expect(record.tls).toEqual({
      ca: { expiresAt: expect.any(String) },
      certificate: {
        subject: "CN=Muster test",
        fingerprint: expect.stringMatching(/^[0-9A-F:]{95}$/),
        expiresAt: expect.any(String),
      },
    });
    expect(record.sealedAuth.includes("BEGIN")).toBe(false);
  });

  it("H7: another certificate is quarantine, and the right one goes on at once", async () => {
    await open({ tls: { ca: app.cert, certificate: stranger.cert, privateKey: stranger.key } });
    await lab.createUser({ userName: "ada" });
    await lab.drain();
    const before = peopleIn(lab.app);
    await retarget(own, { scheme: "certificate" });
    await lab.drain();

    expect(before).toEqual({});
    expect(peopleIn(lab.app)).toEqual({ ada: "active" });
    expect(new Set(shown)).toEqual(new Set(["DNS:stranger.example", "DNS:client.example"]));
  });

  it("V70: without the CA the app is not trusted, and nothing is sent", async () => {
    await open({ tls: { certificate: client.cert, privateKey: client.key } });
    await lab.createUser({ userName: "ada" });
    await lab.drain();

    expect(shown).toEqual([]);
    const { rows } = await lab.db.pool.query("select state, state_reason from connections");
    expect(rows).toMatchObject([{ state: "quarantined", state_reason: expect.stringContaining("tls") }]);
  });

  it.each([
    [
      "a key that is another's",
      { certificate: client.cert, privateKey: stranger.key },
      "target.tls.privateKey: it must be",
    ],
    ["a certificate without its key", { certificate: client.cert }, "target.tls.privateKey: it must be"],
    ["a key without its certificate", { privateKey: client.key }, "target.tls.privateKey: it comes with"],
    ["a CA that is no certificate", { ca: client.key }, "target.tls.ca: it must be one or more certificates"],
    ["a certificate that has ended", { ca: until("old.example", -1).cert }, "target.tls.ca: CN=Muster test ended at"],
  ] as [string, TargetTls, string][])("H7: %s is refused when it is saved", async (_what, tls, message) => {
    await open();

    await expect(retarget(tls)).rejects.toThrow(message);
  });

  it("H7: signing in by certificate needs one, and TLS of one's own needs https", async () => {
    await open();

    await expect(retarget(undefined, { scheme: "certificate" })).rejects.toThrow("target.tls.certificate: ");
    await expect(retarget(own, undefined, "http://localhost/scim")).rejects.toThrow(
      "target.tls: it needs a target.baseUrl",
    );
  });

  it("H7: an end that is near is told of once for each of 30, 7 and 1 days, and a new certificate takes it back", async () => {
    await open();
    const look = () => noteCertificateEnds(lab);
    const pass = (days: number) =>
      lab.db.pool.query("update lanes set certificate_ends_at = certificate_ends_at - $1 * interval '1 day'", [days]);
    await look();
    await look();
    await pass(14);
    await look();
    await pass(5.5);
    await look();
    await pass(1);
    await look();
    const told = await notices();
    await retarget({ ca: app.cert });
    await look();

    expect(told.map((notice) => notice.kind)).toEqual([
      "connection.certificate.30",
      "connection.certificate.7",
      "connection.certificate.1",
      "connection.certificate.ended",
    ]);
    expect(told[0]?.message).toContain(lab.connectionId);
    expect(await notices()).toEqual([]);
  });
});
