import { describe, expect, it } from "vitest";
import { readDemoConfig } from "./demo-config.ts";

describe("readDemoConfig", () => {
  it("starts a gateway of its own and hands on only what a gateway may use", () => {
    const env = { PATH: "/bin", DATABASE_URL: "postgres://db", REDIS_URL: "", MUSTER_DATA_DIR: "mine", SECRET: "x" };

    const config = readDemoConfig(["--keep"], env);

    expect(config).toEqual({
      keep: true,
      gateway: { kind: "start", passedOn: { PATH: "/bin", DATABASE_URL: "postgres://db" } },
      appPort: 0,
    });
  });

  it("uses a gateway that runs already", () => {
    const env = { DEMO_API_URL: "https://muster.example/", DEMO_API_KEY: "key", DEMO_APP_PORT: "9900" };

    expect(readDemoConfig([], env)).toEqual({
      keep: false,
      gateway: { kind: "running", url: "https://muster.example", apiKey: "key" },
      appPort: 9900,
    });
  });

  it.each([
    [["--kepp"], {}, "unknown flag --kepp"],
    [[], { DEMO_API_URL: "https://muster.example" }, "set together"],
    [[], { DEMO_API_KEY: "key" }, "set together"],
    [[], { DEMO_API_URL: "muster", DEMO_API_KEY: "key" }, "DEMO_API_URL"],
    [[], { DEMO_APP_PORT: "70000" }, "DEMO_APP_PORT"],
  ])("refuses %j with %j", (args, env, message) => {
    expect(() => readDemoConfig(args, env)).toThrow(message);
  });
});
