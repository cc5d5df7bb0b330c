import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from "@muster/runtime";

/** What ends a Postgres: told to cut its sessions, told to drop everything, or without a word. */
export type PostgresEnd = "SIGINT" | "SIGQUIT" | "SIGKILL";

/** A Postgres that belongs to one test and may be harmed. */
export type OwnPostgres = {
  readonly url: string;
  /** Where its files are. */
  readonly dataDir: string;
  /** Ends the server; a supervisor starts it again at once. */
  end(how: PostgresEnd): Promise<void>;
  /** Takes the server away until `comeBack`. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
};

/** Starts a Postgres with its own data and port, in `dataDir` or a new folder. */
export async function startOwnPostgres(options: { dataDir?: string } = {}): Promise<OwnPostgres> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "muster-postgres-")));
  const port = await freePort();
  let server: EmbeddedPostgres | undefined = await startEmbeddedPostgres({ dataDir, port });
  const { url } = server;
  const goAway = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  return {
    url,
    dataDir,
    async end(how) {
      const [pid] = (await readFile(join(dataDir, "postgres/data/postmaster.pid"), "utf8")).split("\n", 1);
      process.kill(Number(pid), how);
    },
    goAway,
    async comeBack() {
      server ??= await startEmbeddedPostgres({ dataDir, port });
    },
    async close() {
      await goAway();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
