import { type ConnectorKind, findKind, type TargetTls } from "@muster/connectors";
import { Refusal } from "@muster/runtime";
import type { Json } from "@muster/scim";
import type { GivenAuth } from "./target-secret.ts";

export type ConnectionTarget = {
  /** The key of its kind. */
  kind: string;
  baseUrl: string;
  auth: GivenAuth;
  tls?: TargetTls;
  /** What a target of its kind has besides. */
  options?: Json;
};

/** The kind that a target is of; refuses one that does not exist. */
export function requireKind(key: string): ConnectorKind {
  const kind = findKind(key);
  if (kind === undefined) throw new Refusal("invalid", `target.kind: there is no "${key}"`);
  return kind;
}

/** Reads what only targets of one kind have; refuses what that kind does not take, by the name of the field. */
export function readTarget({ kind: key, auth, options }: ConnectionTarget): Json {
  const { schemes, readOptions } = requireKind(key);
  if (!schemes.includes(auth.scheme))
    throw new Refusal("invalid", `target.auth.scheme: a target of kind "${key}" takes ${schemes.join(", ")}`);
  if (readOptions === undefined) {
    if (options !== undefined && options !== null)
      throw new Refusal("invalid", `target.options: a target of kind "${key}" has none`);
    return null;
  }
  const read = readOptions(options ?? null);
  if (read.kind === "refused") throw new Refusal("invalid", read.problem);
  return read.options;
}
