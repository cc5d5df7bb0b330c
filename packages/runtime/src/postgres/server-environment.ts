/**
 * The environment for Postgres programs: nothing of ours but the search path, since variables such as `PGDATA` or a
 * locale would change what the server does.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
