import type { Dialer, DialMethod, DialRequest } from "@muster/runtime";
import type { Attributes, Json } from "@muster/scim";
import type { CallContext, Connector, Target, UserChange } from "../connector.ts";
import type { CredentialSource } from "../credential-source.ts";
import { connect, findKind } from "../kinds/kinds.ts";
import type { TargetAuth } from "../target-auth.ts";

/** What would be done to one account. */
export type PreviewStep =
  | { kind: "create"; payload: Attributes }
  | { kind: "change"; remoteId: string; change: UserChange }
  | { kind: "delete"; remoteId: string };

/** A request as it would be sent; `path` is below the connection's address, with its query. */
type PreviewedRequest = {
  method: DialMethod;
  path: string;
  /** By name; null is a value that is a secret, or another one in every request. */
  headers: Readonly<Record<string, string | null>>;
  body: Json;
};

export type RequestPreview = {
  requests: PreviewedRequest[];
  /** Whether more is sent, and what, depends on what the app answers to the last of these. */
  mayFollow: boolean;
  /** Why nothing can be sent; null where something can, or where nothing is to be said. */
  problem: string | null;
};

/** A target as far as it is known without opening any secret. */
type PreviewTarget = Pick<Target, "kind" | "updateMethod" | "profile" | "options"> & {
  authScheme: TargetAuth["scheme"];
};

/** No address of a connection is told here: some hold a key. */
const NOWHERE = "https://preview.invalid";
const TRACE = "0".repeat(32);
/** Signs nothing that is shown. */
const NO_SECRET = `whsec_${Buffer.alloc(32).toString("base64")}`;
const HIDDEN: ReadonlySet<string> = new Set(["webhook-signature", "webhook-timestamp", "traceparent"]);

/**
 * Shows the requests that a step would take, made by the very connector that would send them, without sending any and without a
 * credential: every write is taken to be answered with an empty 204, every read to get no answer (E3).
 */
export async function previewRequests(
  target: PreviewTarget,
  step: PreviewStep,
  { subject, now }: { subject: NonNullable<CallContext["subject"]>; now: Date },
): Promise<RequestPreview> {
  const sent: DialRequest[] = [];
  const { authScheme: _, ...at } = target;
  const header = signInHeader(target);
  const connector = connect(
    { dialer: recording(sent), now: () => now },
    { ...at, baseUrl: NOWHERE, auth: placeholder(target, header) },
  );
  const context: CallContext = { signal: new AbortController().signal, timeoutMs: 1_000, traceId: TRACE, subject };
  const outcome = await take(connector, step, context);
  const hidden = new Set([...HIDDEN, header]);
  return {
    requests: sent.map((request) => show(request, hidden)),
    mayFollow: sent.length > 0 && step.kind !== "create" && outcome.kind !== "ok",
    problem: sent.length > 0 || outcome.kind === "ok" ? null : outcome.detail,
  };
}

function take(connector: Connector, step: PreviewStep, context: CallContext) {
  switch (step.kind) {
    case "create":
      return connector.createUser(step.payload, context);
    case "change":
      return connector.updateUser(step.remoteId, step.change, context);
    case "delete":
      return connector.deleteUser(step.remoteId, context);
  }
}

/** Takes requests and sends none. What depends on an answer cannot be known, so nothing is made up for a read. */
function recording(sent: DialRequest[]): Dialer {
  return {
    async request(request) {
      sent.push(request);
      return request.method === "GET"
        ? { kind: "failed", sent: false, code: "aborted", detail: "a preview sends nothing", status: null }
        : { kind: "reply", status: 204, headers: {}, body: "" };
    },
    stats: () => ({ origins: 0, inFlight: 0 }),
    close: async () => {},
  };
}

/** The header that signs in, where it is known without opening what was saved. */
function signInHeader({ authScheme, profile }: PreviewTarget): string | null {
  if (authScheme === "certificate" || authScheme === "signature") return null;
  if (authScheme !== "header") return "authorization";
  return profile?.signIn.find(({ scheme }) => scheme === "header")?.header?.toLowerCase() ?? null;
}

function placeholder({ kind }: PreviewTarget, header: string | null): Target["auth"] {
  if (findKind(kind)?.schemes.every((scheme) => scheme === "signature"))
    return { scheme: "signature", secret: NO_SECRET };
  const credential = { headers: header === null ? {} : { [header]: "" }, secrets: [] };
  const source: CredentialSource = { get: async () => ({ kind: "ready", credential }), refused: () => false };
  return source;
}

function show({ url, method, headers, body }: DialRequest, hidden: ReadonlySet<string | null>): PreviewedRequest {
  const path = url.slice(NOWHERE.length);
  return {
    method,
    path: path === "/" ? "" : path,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, hidden.has(name) ? null : value]),
    ),
    body: body === undefined ? null : (JSON.parse(body) as Json),
  };
}
