import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";

const KEY_BYTES = 32;
const FILE_NAME = "encryption-key";

/**
 * Reads the master key of an embedded installation from `<dataDir>/encryption-key`, and makes one at the first start.
 * The file appears whole or not at all, for its owner only; of two starts at once both get the same key.
 *
 * @throws {Error} if the file is malformed or open to others: a new key would make all stored secrets unreadable
 */
export async function loadOrCreateMasterKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, FILE_NAME);
  return (await readMasterKey(path)) ?? (await createMasterKey(dataDir, path));
}

async function readMasterKey(path: string): Promise<Buffer | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) {
      return null;
    }
    throw error;
  }
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others: run chmod 600 on it, and consider its key known`);
  }
  const encoded = text.replace(/\n$/, "");
  const key = Buffer.from(encoded, "base64");
  if (key.length !== KEY_BYTES || key.toString("base64") !== encoded) {
    throw new Error(
      `${path} is not ${String(KEY_BYTES)} bytes in base64: put the right file back, from a backup if need be`,
    );
  }
  return key;
}

async function createMasterKey(dataDir: string, path: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(KEY_BYTES);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeDurably(draft, `${key.toString("base64")}\n`);
  try {
    // Unlike a rename, a link fails if another process was first.
    await link(draft, path);
  } catch (error) {
    const earlier = isCode(error, "EEXIST") ? await readMasterKey(path) : null;
    if (earlier === null) {
      throw error;
    }
    return earlier;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dataDir);
  return key;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The file's name must outlive a power cut too, before anything is sealed with the key. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
