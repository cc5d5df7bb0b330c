import dns from "node:dns/promises";
import { syncBuiltinESMExports } from "node:module";

// Loaded before a process by NODE_OPTIONS: its resolvers ask the name server on this port of loopback (`?port=`), as if the machine were
// set up so.
const server = `127.0.0.1:${new URL(import.meta.url).searchParams.get("port")}`;

Object.assign(dns, {
  Resolver: class extends dns.Resolver {
    constructor(...options: ConstructorParameters<typeof dns.Resolver>) {
      super(...options);
      this.setServers([server]);
    }
  },
});
syncBuiltinESMExports();
