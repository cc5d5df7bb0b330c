import {
  type Environment,
  type GatewaySettings,
  readGatewaySettings,
  readSettings,
  type Secret,
  type SettingsReader,
} from "@muster/runtime";

export type ApiSettings = {
  host: string;
  port: number;
  /** Undefined: made from host and port once the port is known. */
  publicUrl: string | undefined;
  bootstrapApiKey: Secret | undefined;
};

const MIN_API_KEY_LENGTH = 32;

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
  };
}

/** Reads all settings of an api process. */
export function readConfig(env: Environment): { gateway: GatewaySettings; api: ApiSettings } {
  return readSettings(env, (reader) => {
    const gateway = readGatewaySettings(reader);
    return { gateway, api: readApiSettings(reader, gateway) };
  });
}
