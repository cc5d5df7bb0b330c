import { execFile } from "node:child_process";
import { chown, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort, startEmbeddedPostgres } from "@muster/runtime";
import { openDatabase } from "@muster/store";
import { spawnProgram } from "./spawn-program.ts";

export type PostgresCluster = {
  /** Where to connect, for one database of the cluster. */
  urlOf(database: string): string;
  /** For the header of the table. */
  name: string;
  /** Null where the installation has no pgbench. */
  pgbench: string | null;
  countsStatements: boolean;
  close(): Promise<void>;
};

const run = promisify(execFile);
const DEBIAN_FOLDER = "/usr/lib/postgresql";
/** Debian's user; Postgres refuses to run as root. */
const DEBIAN_USER = "postgres";

/**
 * Starts a Postgres of its own below `folder`, with default settings (fsync on): Debian's newest if there is one, because
 * it brings pgbench and pg_stat_statements, else the one that npm brought. Creates the named databases.
 */
export async function startPostgresCluster(folder: string, databases: readonly string[]): Promise<PostgresCluster> {
  const binaries = await findDebianBinaries();
  const cluster = binaries === null ? await startEmbedded(folder) : await startDebian(folder, binaries);
  const db = openDatabase({ url: cluster.urlOf("postgres"), maxConnections: 1, applicationName: "bench" });
  for (const database of databases) await db.pool.query(`create database ${database}`);
  await db.close();
  return cluster;
}

async function findDebianBinaries(): Promise<string | null> {
  const versions = (await readdir(DEBIAN_FOLDER).catch(() => [])).map(Number).filter(Number.isInteger);
  for (const version of versions.sort((a, b) => b - a)) {
    const folder = join(DEBIAN_FOLDER, String(version), "bin");
    if (await exists(join(folder, "initdb"))) return folder;
  }
  return null;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function startEmbedded(folder: string): Promise<PostgresCluster> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  return {
    urlOf(database) {
      const url = new URL(postgres.url);
      url.pathname = `/${database}`;
      return url.href;
    },
    name: "embedded Postgres",
    pgbench: null,
    countsStatements: false,
    close: () => postgres.close(),
  };
}

async function startDebian(folder: string, binaries: string): Promise<PostgresCluster> {
  const isRoot = process.getuid?.() === 0;
  // Debian always has setpriv; through it the kernel ends the server should this process be killed with -9.
  const user = isRoot ? [`--reuid=${DEBIAN_USER}`, `--regid=${DEBIAN_USER}`, "--init-groups"] : [];
  const runAs = ["setpriv", "--pdeathsig=INT", ...user, "--"];
  const dataDir = join(folder, "postgres");
  if (isRoot) await chown(folder, Number((await run("id", ["-u", DEBIAN_USER])).stdout), -1);
  const [initdb = "", ...initdbArgs] = [
    ...[...runAs, join(binaries, "initdb"), `--pgdata=${dataDir}`],
    ...["--username=muster", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"],
  ];
  await run(initdb, initdbArgs, { cwd: "/" });
  const port = await freePort();
  const options = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    shared_preload_libraries: "pg_stat_statements",
  };
  const server = await spawnProgram({
    command: [
      ...[...runAs, join(binaries, "postgres"), "-D", dataDir],
      ...Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    // Postgres takes this as "fast": cut the sessions, write everything, end.
    stopSignal: "SIGINT",
    ready: async () =>
      (await run(join(binaries, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)])).stderr === "",
    name: "Postgres",
  });
  const pgbench = join(binaries, "pgbench");
  const { stdout } = await run(join(binaries, "postgres"), ["--version"]);
  return {
    urlOf: (database) => `postgres://muster@127.0.0.1:${port}/${database}`,
    name: stdout.trim(),
    pgbench: (await exists(pgbench)) ? pgbench : null,
    countsStatements: true,
    close: () => server.stop(),
  };
}
