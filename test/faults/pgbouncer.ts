import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@muster/runtime";
import { findProgram, spawnDyingChild, waitFor } from "@muster/testkit";

/** A PgBouncer of its own in transaction mode. */
export type PgBouncer = {
  readonly url: string;
  close(): Promise<void>;
};

// Debian keeps it where only root looks.
const program =
  [findProgram("pgbouncer"), "/usr/sbin/pgbouncer"].find((path) => path !== null && existsSync(path)) ?? undefined;

/** What the tests of a pooler need. */
export const PGBOUNCER = {
  name: "PgBouncer",
  isHere: program !== undefined,
  cure: "apt-get install pgbouncer",
  setting: "no variable",
};

/** It refuses to run as root; nobody has nothing to lose. */
const NOBODY = 65_534;

/** Puts a PgBouncer before a Postgres, with `extra` lines of its settings. */
export async function startPgBouncer(databaseUrl: string, extra: readonly string[] = []): Promise<PgBouncer> {
  if (program === undefined) throw new Error("there is no pgbouncer here: apt-get install pgbouncer");
  const folder = await mkdtemp(join(tmpdir(), "muster-pgbouncer-"));
  await chmod(folder, 0o777);
  const port = await freePort();
  const target = new URL(databaseUrl);
  const name = decodeURIComponent(target.pathname.slice(1));
  const secret = target.password === "" ? "" : ` password='${decodeURIComponent(target.password)}'`;
  const lines = [
    "[databases]",
    `${name} = host=${target.hostname} port=${target.port} user=${decodeURIComponent(target.username)}${secret}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = any",
    "pool_mode = transaction",
    // Fewer sessions than clients, so that a transaction often gets another session than the one before it.
    "default_pool_size = 6",
    "max_client_conn = 200",
    `logfile = ${join(folder, "log")}`,
    ...extra,
  ];
  const settings = join(folder, "pgbouncer.ini");
  await writeFile(settings, `${lines.join("\n")}\n`);
  const who = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawnDyingChild(program, ["--quiet", settings], { stdio: "ignore", cwd: folder, ...who });
  const log = () => readFile(join(folder, "log"), "utf8").catch(() => "");
  await waitFor(() => answers(port), { timeoutMs: 10_000, what: "PgBouncer to listen" }).catch(
    async (cause: unknown) => {
      throw new Error(`${String(cause)}\n${await log()}`, { cause });
    },
  );
  const url = new URL(databaseUrl);
  Object.assign(url, { hostname: "127.0.0.1", port: String(port) });
  return {
    url: url.href,
    async close() {
      const end = once(child, "exit");
      child.kill("SIGKILL");
      await end;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  const heard = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return heard;
}
