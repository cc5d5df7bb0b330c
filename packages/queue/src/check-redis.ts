/** The keys and values of a Redis INFO reply. */
export function parseRedisInfo(reply: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of reply.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

// 7.0 is the oldest line that BullMQ's blocking reads are tested on here; Valkey reports 7.2.
const oldestMajor = 7;

/**
 * Lists what makes a Redis unfit to hold the doorbell (D21, D24, F13): too old, evicting keys, or forgetting all of
 * them at a restart. INFO is read instead of CONFIG, which managed services and a narrow ACL forbid.
 */
export function redisFaults(info: ReadonlyMap<string, string>, mode: "single" | "cluster"): string[] {
  const faults: string[] = [];
  const version = info.get("redis_version") ?? "unknown";
  if (!(Number.parseInt(version, 10) >= oldestMajor))
    faults.push(`version ${version}, ${oldestMajor} or newer is needed`);
  const policy = info.get("maxmemory_policy") ?? "unknown";
  if (policy !== "noeviction") faults.push(`maxmemory-policy ${policy}, noeviction is needed`);
  if (info.get("aof_enabled") !== "1") faults.push("appendonly is off, on is needed");
  const isCluster = info.get("cluster_enabled") === "1";
  if (isCluster && mode === "single") faults.push("it is a cluster: add ?cluster=true to the URL");
  return faults;
}
