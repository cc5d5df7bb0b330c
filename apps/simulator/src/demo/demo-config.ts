/** What the demo was asked to do. */
export type DemoConfig = {
  /** Leaves everything running at the end, until Ctrl-C. */
  keep: boolean;
  /** A gateway that runs already; otherwise the demo starts one. */
  gateway: { kind: "running"; url: string; apiKey: string } | { kind: "start"; passedOn: Record<string, string> };
  /** Port of the sample app; 0 is any free one. */
  appPort: number;
};

/** Settings of the gateway that the user may have made, and that the gateway started here should see. */
const PASSED_ON = [
  "PATH",
  "HOME",
  "USER",
  "TMPDIR",
  "TZ",
  "LANG",
  "LD_LIBRARY_PATH",
  "NODE_OPTIONS",
  "DATABASE_URL",
  "MUSTER_MIGRATION_DATABASE_URL",
  "REDIS_URL",
  "MUSTER_ENCRYPTION_KEY",
  "LOG_LEVEL",
];

/**
 * Reads flags and environment. `DEMO_API_URL` with `DEMO_API_KEY` names a running gateway, which must let the sample app
 * through its outbound guard (`MUSTER_EGRESS_ALLOW`); `DEMO_APP_PORT` gives that app a known port.
 *
 * @throws {Error} naming the flag or variable that is wrong
 */
export function readDemoConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): DemoConfig {
  const unknown = args.find((arg) => arg !== "--keep");
  if (unknown !== undefined) throw new Error(`unknown flag ${unknown}; the demo knows --keep`);
  return { keep: args.includes("--keep"), gateway: gatewayFrom(env), appPort: portFrom(env["DEMO_APP_PORT"]) };
}

function gatewayFrom(env: Readonly<Record<string, string | undefined>>): DemoConfig["gateway"] {
  const url = env["DEMO_API_URL"] || undefined;
  const apiKey = env["DEMO_API_KEY"] || undefined;
  if (url === undefined && apiKey === undefined) {
    const passedOn = PASSED_ON.flatMap((name): [string, string][] => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    });
    return { kind: "start", passedOn: Object.fromEntries(passedOn) };
  }
  if (url === undefined || apiKey === undefined)
    throw new Error("DEMO_API_URL and DEMO_API_KEY are set together or not");
  if (!URL.canParse(url)) throw new Error("DEMO_API_URL must be the gateway's public URL");
  return { kind: "running", url: url.replace(/\/+$/, ""), apiKey };
}

function portFrom(text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("DEMO_APP_PORT must be 0 to 65535");
  return port;
}
