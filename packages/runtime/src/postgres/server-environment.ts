// Where every Unix keeps sh, id, unshare and setpriv.
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The environment for Postgres programs: nothing of ours, since variables such as `PGDATA` or a locale would change what
 * they do.
 */
export function serverEnvironment(searchPath = SYSTEM_PATH): Record<string, string> {
  return { PATH: searchPath, LC_ALL: "C", TZ: "UTC" };
}
