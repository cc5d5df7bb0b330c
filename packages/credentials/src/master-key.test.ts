import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadOrCreateMasterKey } from "./master-key.ts";

let dataDir = "";
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "muster-key-"));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

async function keep(text: string, mode = 0o600): Promise<void> {
  const path = join(dataDir, "encryption-key");
  await writeFile(path, text);
  await chmod(path, mode);
}

describe("loadOrCreateMasterKey", () => {
  it("makes a key for its owner only, and finds it again", async () => {
    const folder = join(dataDir, "new", "folder");
    const key = await loadOrCreateMasterKey(folder);

    expect(key).toHaveLength(32);
    expect(await loadOrCreateMasterKey(folder)).toEqual(key);
    expect(await readdir(folder)).toEqual(["encryption-key"]);
    expect((await stat(join(folder, "encryption-key"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, "encryption-key"), "utf8")).toBe(`${key.toString("base64")}\n`);
  });

  it("gives many starts at once the same key and leaves no draft behind", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateMasterKey(dataDir)));

    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(["encryption-key"]);
  });

  it("reads a key without a line break at its end", async () => {
    const key = Buffer.alloc(32, 5);
    await keep(key.toString("base64"));

    expect(await loadOrCreateMasterKey(dataDir)).toEqual(key);
  });

  it.each([
    "",
    "\n",
    "not base64",
    Buffer.alloc(31, 5).toString("base64"),
    `${Buffer.alloc(32, 5).toString("base64")}\n\n`,
    Buffer.alloc(32, 5).toString("hex"),
  ])("F61: refuses the malformed content %j and leaves it untouched", async (text) => {
    await keep(text);

    await expect(loadOrCreateMasterKey(dataDir)).rejects.toThrow(/is not 32 bytes in base64/);
    expect(await readFile(join(dataDir, "encryption-key"), "utf8")).toBe(text);
  });

  it.each([0o644, 0o640, 0o604, 0o660])("refuses a file that others can open (mode %o)", async (mode) => {
    await keep(Buffer.alloc(32, 5).toString("base64"), mode);

    await expect(loadOrCreateMasterKey(dataDir)).rejects.toThrow(/chmod 600/);
  });
});
