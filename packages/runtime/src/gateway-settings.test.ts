import { describe, expect, it } from "vitest";
import { readGatewaySettings } from "./gateway-settings.ts";
import { readSettings } from "./settings.ts";

const read = (env: Record<string, string>) => readSettings(env, readGatewaySettings);
const key = (byte: number): string => Buffer.alloc(32, byte).toString("base64");

describe("what a start refuses", () => {
  it("V70: an environment that switches the check of certificates off", () => {
    expect(() => read({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toThrow("NODE_TLS_REJECT_UNAUTHORIZED");
    expect(() => read({ NODE_TLS_REJECT_UNAUTHORIZED: "1" })).not.toThrow();
  });

  it("F36: other encryption keys that are not all keys, without showing any", () => {
    const wrong = `${key(2)},hunter2`;

    expect(read({ MUSTER_OTHER_ENCRYPTION_KEYS: `${key(2)}, ${key(3)}` }).otherEncryptionKeys).toEqual([
      Buffer.alloc(32, 2),
      Buffer.alloc(32, 3),
    ]);
    expect(read({}).otherEncryptionKeys).toEqual([]);
    expect(() => read({ MUSTER_OTHER_ENCRYPTION_KEYS: wrong })).toThrow(
      "MUSTER_OTHER_ENCRYPTION_KEYS is malformed (not shown)",
    );
  });
});
