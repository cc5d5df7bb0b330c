import {
  type Environment,
  type GatewaySettings,
  type Network,
  readGatewaySettings,
  readNetwork,
  readSettings,
  type Secret,
  type SettingsReader,
} from "@muster/runtime";
import type { LimitSettings } from "./http/limits.ts";
import { readSignInSettings, type SignInSettings } from "./sign-in-settings.ts";

export type ApiSettings = {
  host: string;
  port: number;
  /** Undefined: made from host and port once the port is known. */
  publicUrl: string | undefined;
  bootstrapApiKey: Secret | undefined;
  limits: LimitSettings;
  /** Undefined: people sign in with an API key only. */
  signIn: SignInSettings | undefined;
  /** Whose X-Forwarded-For counts. */
  trustedProxies: readonly Network[];
};

const MIN_API_KEY_LENGTH = 32;
/** Four times what the fastest identity provider sends (Entra, 25 a second). */
const INBOUND_PER_SECOND = 100;
const FAILURES_PER_MINUTE = 10;

/** Reads the api's own settings. */
export function readApiSettings(reader: SettingsReader, gateway: GatewaySettings): ApiSettings {
  const host = reader.string("HOST", { default: "127.0.0.1" });
  const publicUrl = reader.optionalUrl("MUSTER_PUBLIC_URL", { protocols: ["http", "https"] });
  if (publicUrl === undefined && (gateway.production || host === "0.0.0.0" || host === "::"))
    reader.problem({
      name: "MUSTER_PUBLIC_URL",
      is: "not set",
      rule: "Identity providers are given addresses that begin with it, and nothing else says what it is",
      fix: "Set it to the address under which they reach this gateway, such as https://provisioning.example.com",
    });
  return {
    host,
    port: reader.port("PORT", { default: 8080 }),
    publicUrl: publicUrl?.replace(/\/+$/, ""),
    bootstrapApiKey: reader.optionalSecret("MUSTER_BOOTSTRAP_API_KEY", { minLength: MIN_API_KEY_LENGTH }),
    limits: {
      inboundPerSecond: reader.integer("MUSTER_INBOUND_RATE", { default: INBOUND_PER_SECOND, min: 1, max: 1_000_000 }),
      failuresPerMinute: reader.integer("MUSTER_FAILED_LOGINS", {
        default: FAILURES_PER_MINUTE,
        min: 1,
        max: 1_000_000,
      }),
    },
    signIn: readSignInSettings(reader, gateway),
    trustedProxies: reader
      .list("MUSTER_TRUSTED_PROXIES", { check: brokenNetwork })
      .map(readNetwork)
      .filter((network) => network !== null),
  };
}

function brokenNetwork(entry: string): string | null {
  return readNetwork(entry) === null ? "Each entry is an address or a CIDR such as 10.0.0.0/8" : null;
}

/** Reads all settings of an api process. */
export function readConfig(env: Environment): { gateway: GatewaySettings; api: ApiSettings } {
  return readSettings(env, (reader) => {
    const gateway = readGatewaySettings(reader);
    return { gateway, api: readApiSettings(reader, gateway) };
  });
}
