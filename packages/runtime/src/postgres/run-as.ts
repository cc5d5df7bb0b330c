import { type ExecFileException, execFile } from "node:child_process";
import { chown, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { serverEnvironment } from "./server-environment.ts";

/** A way to run a Postgres program: the words that go before it on the command line. */
export type RunAs = {
  name: "self" | "user-namespace" | "plain-user";
  prefix: string[];
  owner?: { uid: number; gid: number };
};

type ProbeInput = {
  folder: string;
  postgres: string;
  /** Where to look for `unshare` and `setpriv`, if not where every system has them. */
  searchPath?: string;
};

/**
 * Chooses how to run Postgres on `folder`. Postgres refuses to run as root, so as root there are two ways, and the first
 * that really reaches both the programs and the folder is taken:
 *
 * 1. In a user namespace where root has another number. Outside it is still root, so folders of mode 0700 above the
 *    clone or the data are no obstacle and no file changes hands.
 * 2. As a plain user that keeps one capability, to pass such folders (containers that forbid namespaces, or a
 *    folder that belongs to a plain user already). Only `folder` itself changes hands; nothing above it is touched.
 *
 * @throws naming the folder and `DATABASE_URL` when no way works
 */
export async function chooseRunAs(input: ProbeInput): Promise<RunAs> {
  const reasons: string[] = [];
  for (const way of await waysToRun(input.folder)) {
    const refusal = await probe(way, input);
    if (refusal === null) {
      if (way.owner !== undefined) {
        await giveTo(input.folder, way.owner);
      }
      return way;
    }
    reasons.push(`${way.name}: ${refusal}`);
  }
  throw new Error(
    `the embedded Postgres cannot run on ${input.folder} as this user (${reasons.join("; ")}). ` +
      "Start as a normal user who owns that folder and can read this project, or set DATABASE_URL",
  );
}

async function waysToRun(folder: string): Promise<RunAs[]> {
  const self: RunAs = { name: "self", prefix: [] };
  if (process.getuid?.() !== 0) {
    // A number without a name (a container with an arbitrary user) fails in initdb; a namespace gives it one.
    return [self, userNamespace(await namedUser())];
  }
  const { uid, gid } = await stat(folder);
  return uid === 0 ? [userNamespace(await namedUser()), plainUser(await namedUser())] : [plainUser({ uid, gid })];
}

function userNamespace(inside: { uid: number; gid: number }): RunAs {
  return {
    name: "user-namespace",
    prefix: ["unshare", "--user", `--map-user=${inside.uid}`, `--map-group=${inside.gid}`, "--"],
  };
}

function plainUser(owner: { uid: number; gid: number }): RunAs {
  return {
    name: "plain-user",
    owner,
    // Without no_setuid_fixup access(2), which Postgres asks about its own program, ignores the capability.
    prefix: [
      "setpriv",
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      "--clear-groups",
      "--securebits=+no_setuid_fixup",
      "--inh-caps=+dac_override",
      "--ambient-caps=+dac_override",
      "--",
    ],
  };
}

// initdb wants a user with a name. These exist nearly everywhere; the order prefers accounts that run nothing else.
async function namedUser(): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n");
  for (const name of ["postgres", "daemon", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  return { uid: 65534, gid: 65534 };
}

// Tries what the server will do: have a name, run its program, enter and write the folder.
const PROBE = 'id -un && "$1" --version && cd "$2" && : > .probe && rm .probe';

function probe(way: RunAs, input: ProbeInput): Promise<string | null> {
  const [command = "sh", ...args] = [...way.prefix, "sh", "-c", PROBE, "sh", input.postgres, input.folder];
  return new Promise((resolve) => {
    execFile(command, args, { env: serverEnvironment(input.searchPath) }, (error, _stdout, stderr) => {
      resolve(error === null ? null : lastLine(stderr) || spawnFailure(error));
    });
  });
}

function spawnFailure(error: ExecFileException): string {
  return error.code === "ENOENT" ? `${error.path} is not installed` : error.message;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

async function giveTo(folder: string, owner: { uid: number; gid: number }): Promise<void> {
  if ((await stat(folder)).uid === owner.uid) {
    return;
  }
  // The folder itself goes last: its owner then tells that all below it has changed hands.
  for (const entry of await readdir(folder, { recursive: true })) {
    await chown(join(folder, entry), owner.uid, owner.gid);
  }
  await chown(folder, owner.uid, owner.gid);
}
